import { describe, expect, test } from 'vitest'
import { importCycles, importsOf, LAYER_RULES, layerViolations } from './layers.ts'

function rulesBroken(file: string, source: string): string[] {
  return [...new Set(layerViolations(importsOf(file, source)).map((violation) => violation.rule))]
}

const planted: readonly (readonly [rule: string, file: string, specifier: string])[] = [
  ['R1', 'electron/engine/tasks/runner.ts', '../testing/fake-clock.ts'],
  ['R1', 'shared/query/parse.ts', './parse.test.ts'],
  ['R1', 'electron/providers/simulated/index.ts', '../conformance/suite.ts'],
  ['R1', 'electron/host/log.ts', '../../e2e/lab/lab.ts'],
  ['R2', 'shared/model/machine.ts', 'node:crypto'],
  ['R2', 'shared/model/machine.ts', '../../electron/engine/engine.ts'],
  ['R2', 'shared/contract/machines.ts', '@orpc/server'],
  ['R3', 'renderer/app/shell.tsx', '../../electron/api/client.ts'],
  ['R3', 'renderer/app/shell.tsx', 'fs'],
  ['R4', 'electron/coordinator/index.ts', 'electron'],
  ['R5', 'electron/engine/engine.ts', '../providers/libvirt/index.ts'],
  ['R5', 'electron/engine/engine.ts', '../store/sqlite/index.ts'],
  ['R5', 'electron/engine/engine.ts', 'better-sqlite3'],
  ['R5b', 'electron/api/router.ts', '../store/sqlite/index.ts'],
  ['R5b', 'electron/api/router.ts', 'fastify'],
  ['R4', 'electron/host/compose.ts', 'electron'],
  ['R5b', 'electron/host/control.ts', '../coordinator/session.ts'],
  ['R5b', 'electron/host/compose.ts', '../main/ipc.ts'],
  ['R5b', 'electron/host/compose.ts', '../cli/connect.ts'],
  ['R5b', 'electron/host/compose.ts', '../../renderer/lib/api/client.ts'],
  ['R5b', 'electron/main/index.ts', '../engine/engine.ts'],
  ['R5b', 'electron/main/index.ts', '../coordinator/web-server.ts'],
  ['R5b', 'electron/main/index.ts', '../cli/output.ts'],
  ['R5b', 'electron/preload/index.ts', '../host/control.ts'],
  ['R5b', 'electron/coordinator/index.ts', '../engine/engine.ts'],
  ['R5b', 'electron/coordinator/index.ts', '../main/words.ts'],
  ['R5b', 'electron/coordinator/index.ts', '../cli/connect.ts'],
  ['R5b', 'electron/cli/connect.ts', '../coordinator/serve-local.ts'],
  ['R5b', 'electron/cli/connect.ts', '../main/arguments.ts'],
  ['R5b', 'electron/cli/connect.ts', '../host/compose.ts'],
  ['R5b', 'electron/cli/program.ts', '../engine/engine.ts'],
  ['R5b', 'electron/cli/program.ts', '../api/router.ts'],
  ['R6', 'electron/providers/simulated/index.ts', '../libvirt/index.ts'],
  ['R6', 'electron/providers/simulated/index.ts', '../cloud/index.ts'],
  ['R6', 'electron/providers/aws/index.ts', '../cloud/watch.ts'],
  ['R6', 'electron/providers/aws/index.ts', '../azure/index.ts'],
  ['R6', 'electron/providers/aws/index.ts', '../ssh/index.ts'],
  ['R6', 'electron/providers/cloud/consoles.ts', '../../libvirt/transport/index.ts'],
  ['R6', 'electron/providers/cloud/consoles.ts', '../ssh/login.ts'],
  ['R6', 'electron/providers/ssh/login.ts', '../../libvirt/index.ts'],
  ['R6', 'electron/providers/ssh/login.ts', '../libvirt/index.ts'],
  ['R6', 'electron/providers/simulated/index.ts', '../../engine/ports.ts'],
  ['R6', 'electron/providers/simulated/index.ts', '../../libvirt/index.ts'],
  ['R6', 'electron/providers/provider.ts', '../engine/ports.ts'],
  ['R7', 'electron/libvirt/client.ts', '../../shared/errors/index.ts'],
  ['R7', 'electron/libvirt/wire/codec.ts', '../errors.ts'],
  ['R7', 'electron/xml/xml.ts', '../engine/ova/ova-errors.ts'],
  ['R7', 'electron/libvirt/client.ts', 'ssh2'],
  ['R7', 'electron/providers/libvirt/connect.ts', '../../libvirt/client.ts'],
  ['R8', 'electron/coordinator/index.ts', '../store/sqlite/index.ts'],
  ['R8', 'electron/host/control.ts', '../providers/registry.ts'],
  ['R8', 'electron/store/sqlite/index.ts', '../../engine/engine.ts'],
  ['R9', 'renderer/features/tasks/page.tsx', '../machines/grid.tsx'],
  ['R9', 'renderer/app/routes.tsx', '../features/machines/grid.tsx'],
  ['R9', 'renderer/ui/badge.tsx', '../lib/api/client.ts'],
  ['R9', 'renderer/ui/badge.tsx', '@tanstack/react-query'],
]

describe('layer rules', () => {
  test.each(planted)('%s fires: %s imports %s', (rule, file, specifier) => {
    expect(rulesBroken(file, `import { x } from '${specifier}'\n`)).toContain(rule)
  })

  test('every rule has a planted violation', () => {
    expect(new Set(planted.map(([rule]) => rule))).toEqual(new Set(LAYER_RULES.map((rule) => rule.id)))
    const unproven = LAYER_RULES.filter(
      (rule) =>
        !planted.some(([, file, specifier]) =>
          importsOf(file, `import '${specifier}'`).some((site) => rule.from.test(file) && rule.broken(site)),
        ),
    )
    expect(unproven).toEqual([])
  })

  test.each([
    ["import type { X } from 'ssh2'", 1],
    ["const x = 1\nexport { x } from 'ssh2'", 2],
    ["\n\nexport * from 'ssh2'", 3],
    ["const x = await import('ssh2')", 1],
  ])('an import is seen in every form: %s', (source, line) => {
    expect(layerViolations(importsOf('electron/engine/a.ts', source))).toContainEqual(expect.objectContaining({ rule: 'R7', line }))
  })

  test.each([
    ['electron/host/compose.ts', '../store/sqlite/index.ts'],
    ['electron/providers/libvirt/connect.ts', '../../libvirt/index.ts'],
    ['electron/providers/libvirt/connect.ts', '../ssh/index.ts'],
    ['electron/providers/cloud/consoles.ts', '../ssh/index.ts'],
    ['electron/providers/ssh/login.ts', '../../libvirt/transport/index.ts'],
    ['electron/engine/engine.ts', '../store/store.ts'],
    ['renderer/app/routes.tsx', '../features/machines/index.ts'],
    ['renderer/features/machines/grid.tsx', './columns.ts'],
    ['electron/libvirt/transport/ssh/session.ts', 'ssh2'],
    ['electron/engine/engine.test.ts', './testing/fake-clock.ts'],
    ['electron/main/window.ts', 'electron'],
    ['electron/main/words.ts', '../../resources/locales/en.json'],
    ['electron/host/compose.ts', '../engine/engine.ts'],
    ['electron/coordinator/serve-local.ts', '../host/compose.ts'],
    ['electron/cli/connect.ts', '../host/control.ts'],
  ])('what is in place is left alone: %s imports %s', (file, specifier) => {
    expect(layerViolations(importsOf(file, `import { x } from '${specifier}'`))).toEqual([])
  })
})

describe('import cycles', () => {
  const sitesOf = (files: Readonly<Record<string, string>>) => Object.entries(files).flatMap(([file, source]) => importsOf(file, source))

  test('a planted cycle is found once', () => {
    const sites = sitesOf({
      'shared/a.ts': "import { b } from './b.ts'",
      'shared/b.ts': "import type { C } from './c.ts'",
      'shared/c.ts': "export * from './a.ts'",
      'shared/d.ts': "import './a.ts'",
    })
    expect(importCycles(sites)).toEqual([['shared/a.ts', 'shared/b.ts', 'shared/c.ts']])
  })

  test('a diamond is none', () => {
    const sites = sitesOf({
      'shared/a.ts': "import './b.ts'\nimport './c.ts'",
      'shared/b.ts': "import './d.ts'",
      'shared/c.ts': "import './d.ts'",
    })
    expect(importCycles(sites)).toEqual([])
  })
})
