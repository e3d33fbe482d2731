import type { CloudId } from '../../../../shared/model/index.ts'

/** What the clouds ask for in different ways. */
export interface CloudRules {
  /** What a name may be; null: anything that fits. */
  readonly name: RegExp | null
  readonly zone: 'needed' | 'optional'
  /** Where the place does not tell its own. */
  readonly zones: readonly string[]
  /** Without one chosen: the cloud's default one, or none at all where there are several. */
  readonly subnet: 'optional' | 'one-or-needed'
  /** How it is said what may reach it: by groups, by one, or by free words that rules speak of. */
  readonly groups: 'several' | 'one' | 'words'
  /** It keeps key pairs that can be chosen by name. */
  readonly keyPairs: boolean
  /** Without any key nobody could log in, and the cloud refuses. */
  readonly keyNeeded: boolean
  /** A machine of Windows is made with a password that is kept nowhere. */
  readonly passwordUnkept: boolean
  /** A key is a user's. */
  readonly userNeeded: boolean
  /** The user that it makes when none is named. */
  readonly usualUser: string
  /** An image can be given by an id that no search finds: what it looks like, and an example. */
  readonly imageId: RegExp
  readonly imageForm: string
  /** What a type is called like. */
  readonly typeForm: string
}

export const RULES: Readonly<Record<CloudId, CloudRules>> = {
  aws: {
    name: null,
    zone: 'optional',
    zones: [],
    subnet: 'optional',
    groups: 'several',
    keyPairs: true,
    keyNeeded: false,
    passwordUnkept: false,
    userNeeded: false,
    usualUser: 'ec2-user',
    imageId: /^ami-[0-9a-f]+$/,
    imageForm: 'ami-0123456789abcdef0',
    typeForm: 't3.small',
  },
  azure: {
    // Linux machines: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    name: /^[A-Za-z0-9](?:[\w.-]{0,62}[A-Za-z0-9_])?$/,
    zone: 'optional',
    zones: ['1', '2', '3'],
    subnet: 'one-or-needed',
    groups: 'one',
    keyPairs: true,
    keyNeeded: true,
    passwordUnkept: true,
    userNeeded: false,
    usualUser: 'azureuser',
    imageId: /^\/|^[^:\s]+:[^:\s]+:[^:\s]+(?::[^:\s]+)?$/,
    imageForm: 'Debian:debian-13:13-gen2:latest',
    typeForm: 'Standard_B2s',
  },
  gcp: {
    // RFC 1035, as https://cloud.google.com/compute/docs/naming-resources has it
    name: /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    zone: 'needed',
    zones: [],
    subnet: 'optional',
    groups: 'words',
    keyPairs: false,
    keyNeeded: false,
    passwordUnkept: false,
    userNeeded: true,
    usualUser: 'maja',
    imageId: /\bprojects\/\S+\/images\/\S+$/,
    imageForm: 'projects/debian-cloud/global/images/family/debian-13',
    typeForm: 'e2-small',
  },
}
