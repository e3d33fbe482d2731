import { z } from 'zod'
import { guestInfoSchema } from '../model/guest.ts'
import { machineIdSchema } from '../model/ids.ts'
import { command, done, query, secretSchema } from './base.ts'

const user = z.string().min(1).max(256)
const example = { machineId: 'c1.m.5d3c' }
const machine = z.object({ machineId: machineIdSchema })

/** What the agent inside a guest tells and does. */
export const guest = {
  info: query('/guest/info', {
    permission: 'inventory.read',
    summary: 'System, users, file systems and addresses, as the agent in the guest tells',
    example,
  })
    .input(machine)
    .output(guestInfoSchema),
  setPassword: command('/guest/set-password', {
    permission: 'machine.modify',
    summary: 'Set the password of a user inside the guest',
    example: { ...example, user: 'root', password: 'correct horse battery staple' },
  })
    .input(machine.extend({ user, password: secretSchema.min(1) }))
    .output(done),
  addSshKeys: command('/guest/add-ssh-keys', {
    permission: 'machine.modify',
    summary: 'Let the owners of these public keys log in as a user of the guest',
    example: { ...example, user: 'root', keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 maja'] },
  })
    .input(
      machine.extend({
        user,
        /** Lines of an authorized_keys file. */
        keys: z
          .array(
            z
              .string()
              .max(16_384)
              .regex(/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( [^\r\n]*)?$/, 'not-a-public-key'),
          )
          .min(1)
          .max(100),
      }),
    )
    .output(done),
  setTime: command('/guest/set-time', { permission: 'machine.modify', summary: 'Set the guest’s clock to the host’s', example })
    .input(machine)
    .output(done),
  freeze: command('/guest/freeze', {
    permission: 'machine.modify',
    summary: 'Stop all writes to the guest’s file systems until they are thawed',
    example,
  })
    .input(machine)
    .output(done),
  thaw: command('/guest/thaw', { permission: 'machine.modify', summary: 'Let the guest’s file systems take writes again', example })
    .input(machine)
    .output(done),
}
