/** Imported dynamically: who one is, and how one becomes somebody else. */
export { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
export { fromIni, fromTemporaryCredentials } from '@aws-sdk/credential-providers'
