import { OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contract } from '../../shared/contract/index.ts'

/** The OpenAPI 3.1 document of the contract, served at `/api/openapi.json`. */
export async function openApiDocument(version: string): Promise<Record<string, unknown>> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(contract, {
    info: {
      title: 'NovaCron',
      version,
      description:
        'Every method of the console. Errors carry { kind, code, message } in `data`; kinds are a closed list. Streams are server-sent events.',
    },
    servers: [{ url: '/api' }],
    security: [{ session: [] }, { bearer: [] }],
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'novacron_session' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  })
  return { ...document }
}
