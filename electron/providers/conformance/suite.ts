import { describe } from 'vitest'
import { actionTests, guestTests, managedSaveTests, stubbornGuestTests } from './action-tests.ts'
import { buildTests, lostDefinitionTests } from './build-tests.ts'
import { cloudTests } from './cloud-tests.ts'
import { addedDisplayTests, consoleTests, cutConsoleTests, displayTests, shellTests } from './console-tests.ts'
import { copyTests } from './copy-tests.ts'
import { definitionTests } from './definition-tests.ts'
import type { ConformanceAbilities, MakeFixture } from './fixture.ts'
import { cutTests, cutWhileWaitingTests, linkTests, slowReplyTests } from './link-tests.ts'
import { poolTests } from './pool-tests.ts'
import { cutDeletionTests, lostReplyTests, truthTests } from './truth-tests.ts'
import { contentTests, volumeTests } from './volume-tests.ts'
import { watchTests } from './watch-tests.ts'

/**
 * What the engine relies on, tried on a real or simulated far side. `makeFixture` is called once for each test, which may
 * do to its machines as it likes; `abilities` says what else can be tried there.
 */
export function runProviderConformance(name: string, makeFixture: MakeFixture, abilities: ConformanceAbilities = {}): void {
  describe(`${name} as a provider`, () => {
    describe('watching', () => {
      watchTests(makeFixture, abilities)
    })
    describe('acting', () => {
      actionTests(makeFixture, abilities)
      if (abilities.guestListens) guestTests(makeFixture)
      if (abilities.ignoresShutdown) stubbornGuestTests(makeFixture)
      if (abilities.managedSave) managedSaveTests(makeFixture)
    })
    describe('definitions', () => {
      definitionTests(makeFixture, abilities)
    })
    describe('consoles', () => {
      consoleTests(makeFixture, abilities)
      if (abilities.serialShell) shellTests(makeFixture)
      if (abilities.display) displayTests(makeFixture)
      if (abilities.addsDisplays) addedDisplayTests(makeFixture)
      if (abilities.cutLink) cutConsoleTests(makeFixture)
    })
    if (abilities.volumes) describeVolumes(makeFixture)
    if (abilities.pools) describePools(makeFixture)
    if (abilities.builds) describeBuilding(makeFixture, abilities)
    describe('probing', () => {
      truthTests(makeFixture, abilities)
      if (abilities.loseReplies) lostReplyTests(makeFixture)
      if (abilities.cutDeletion) cutDeletionTests(makeFixture)
    })
    if (abilities.isCloud) describeAccount(makeFixture)
    describe('the link', () => {
      linkTests(makeFixture, abilities)
      if (abilities.delayReplies) slowReplyTests(makeFixture, abilities)
      if (abilities.cutLink) cutTests(makeFixture, abilities)
      if (abilities.cutLink && abilities.delayReplies) cutWhileWaitingTests(makeFixture, abilities)
    })
  })
}

function describeAccount(makeFixture: MakeFixture): void {
  describe('an account', () => {
    cloudTests(makeFixture)
  })
}

function describeVolumes(makeFixture: MakeFixture): void {
  describe('volumes', () => {
    volumeTests(makeFixture)
    contentTests(makeFixture)
  })
}

function describePools(makeFixture: MakeFixture): void {
  describe('pools', () => {
    poolTests(makeFixture)
  })
}

function describeBuilding(makeFixture: MakeFixture, { loseReplies }: ConformanceAbilities): void {
  describe('building', () => {
    buildTests(makeFixture)
    copyTests(makeFixture)
    if (loseReplies) lostDefinitionTests(makeFixture)
  })
}
