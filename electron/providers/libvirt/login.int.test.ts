import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, startLab } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import type { CheckMessage, LoginQuestion } from '../../../shared/model/index.ts'
import { type CodeServer, startCodeServer } from '../../libvirt/transport/testing/code-server.ts'
import type { AskPerson, ConnectOptions, ProviderPorts } from '../provider.ts'
import { libvirtProvider } from './index.ts'
import { testPorts } from './testing/ports.ts'

const PASSWORD = 'right and proper'
const CODE = '271828'

describe.skipIf(!requirePeer('libvirtd').ok)('a host that asks for a password and a one-time code', () => {
  let lab: Lab
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'lc' })
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function asking(password: string | null = PASSWORD): Promise<{ readonly server: CodeServer; readonly config: unknown }> {
    const { socketPath } = lab.host('a')
    const server = await startCodeServer({ password, codes: [CODE], socketPath })
    onTestFinished(() => server.close())
    const config = libvirtProvider.configSchema.parse({
      host: '127.0.0.1',
      port: server.port,
      user: 'maja',
      useSshConfig: false,
      socket: socketPath,
    })
    return { server, config }
  }

  /** A person who answers in this order, then no more. */
  function person(answers: readonly string[]): { readonly asked: LoginQuestion[]; readonly options: ConnectOptions } {
    const left = [...answers]
    const asked: LoginQuestion[] = []
    const onPrompt: AskPerson = async (question) => {
      asked.push(question)
      const answer = left.shift()
      return answer === undefined ? null : [answer]
    }
    return { asked, options: { onPrompt, onHostKey: () => Promise.resolve(true) } }
  }

  test('both are asked for; a wrong code is said to be wrong and asked for again', async () => {
    const { server, config } = await asking()
    const { asked, options } = person([PASSWORD, '000000', PASSWORD, CODE])
    const connection = await libvirtProvider.connect(config, {}, ports, options)
    await connection.close()
    expect(asked).toMatchObject([
      { kind: 'keyboard-interactive', host: '127.0.0.1', user: 'maja', prompts: [{ text: 'Password: ', echo: false }], secret: 'password' },
      { name: 'Second factor', instructions: 'Look at your token.', prompts: [{ text: 'Code: ', echo: true }], secret: null },
      { prompts: [{ text: 'Password: ' }], refusedBefore: true },
      { prompts: [{ text: 'Code: ' }], refusedBefore: false },
    ])
    expect(asked[0]?.refusedBefore).toBe(false)
    expect(server.refused()).toBe(2)
  })

  test('a stored password is sent once: with a code that was wrong both are asked for', async () => {
    const { config } = await asking()
    const { asked, options } = person(['000000', PASSWORD, CODE])
    const connection = await libvirtProvider.connect(config, { password: PASSWORD }, ports, options)
    await connection.close()
    expect(asked.map(({ prompts }) => prompts[0]?.text)).toEqual(['Code: ', 'Password: ', 'Code: '])
  })

  test('a stored password is not sent where a code is asked for, though it is hidden', async () => {
    const { server, config } = await asking(null)
    const { asked, options } = person([CODE])
    const connection = await libvirtProvider.connect(config, { password: PASSWORD }, ports, options)
    await connection.close()
    expect(asked).toMatchObject([{ prompts: [{ text: 'Verification code: ', echo: false }], secret: null }])
    expect(server.refused()).toBe(0)
  })

  test('three wrong codes are the end', async () => {
    const { config } = await asking()
    const { options } = person([PASSWORD, '1', PASSWORD, '2', PASSWORD, '3', PASSWORD, CODE])
    await expect(libvirtProvider.connect(config, {}, ports, options)).rejects.toMatchObject({ code: 'ssh.auth-failed' })
  })

  test('nobody there: it ends as what it is, at the first question that is not answered', async () => {
    const { server, config } = await asking()
    const alone = libvirtProvider.connect(config, { password: PASSWORD }, ports, { onHostKey: () => Promise.resolve(true) })
    await expect(alone).rejects.toMatchObject({
      kind: 'unauthenticated',
      code: 'ssh.prompt-needed',
      details: { name: 'maja@127.0.0.1', remedy: 'log-in' },
    })
    expect(server.refused()).toBe(1)
  })

  test('who refuses to answer is not asked again', async () => {
    const { config } = await asking()
    const { asked, options } = person([PASSWORD])
    await expect(libvirtProvider.connect(config, {}, ports, options)).rejects.toMatchObject({ code: 'ssh.prompt-needed' })
    expect(asked.length).toBe(2)
  })

  test('the check list asks as well, and shows each step once', async () => {
    const { config } = await asking()
    const { options } = person([PASSWORD, '000000', PASSWORD, CODE])
    const messages: CheckMessage[] = []
    for await (const message of libvirtProvider.check(config, {}, ports, options)) messages.push(message)
    const steps = messages.flatMap((message) => (message.type === 'step' ? [`${message.step.id} ${message.step.state}`] : []))
    expect(steps.filter((step) => step === 'reach ok' || step === 'login failed')).toEqual(['reach ok'])
    expect(steps).toContain('login ok')
    expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true })
  })
})
