import { isCloudId, type Machine } from '../../../shared/model/index.ts'

/** Whom a machine of a cloud most likely lets in. */
export interface UsualUser {
  readonly user: string
  /** `image`: those who made the image say so; `cloud`: its own form names that one unless told otherwise. */
  readonly from: 'image' | 'cloud'
}

/**
 * The one user of the images of AWS, by what their names hold; the first that fits.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html; of Rocky Linux, that project's own word.
 */
const OF_AWS_IMAGES: ReadonlyArray<readonly [RegExp, string]> = [
  [/bitnami/, 'bitnami'],
  [/ubuntu/, 'ubuntu'],
  [/debian/, 'admin'],
  [/fedora/, 'fedora'],
  [/rocky/, 'rocky'],
  [/centos(?!.?stream)/, 'centos'],
  [/amzn|amazon.?linux|\bal20\d\d\b|rhel|red.?hat|suse|sles|centos|alma|oracle|freebsd/, 'ec2-user'],
]

/**
 * Null: not known. In Google Cloud it never is: there users come from the keys of the metadata or from OS Login. A Windows is left to those who
 * set up an SSH server in it.
 */
export function usualUser({ cloud, os }: Pick<Machine, 'cloud' | 'os'>, providerId: string | undefined): UsualUser | null {
  if (!cloud || !isCloudId(providerId) || cloud.platform === 'windows') return null
  switch (providerId) {
    case 'aws': {
      const names = `${cloud.image?.name ?? ''} ${os ?? ''}`.toLowerCase()
      const user = OF_AWS_IMAGES.find(([form]) => form.test(names))?.[1]
      return user === undefined ? null : { user, from: 'image' }
    }
    case 'azure':
      return { user: 'azureuser', from: 'cloud' }
    case 'gcp':
      return null
  }
}
