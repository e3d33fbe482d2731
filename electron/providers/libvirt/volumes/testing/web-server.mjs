// A web server on a lab host's own loopback: what lies in FOLDER, and some answers that go wrong. Usage: node web-server.mjs PORT FOLDER
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'

const [port, folder = '.'] = process.argv.slice(2)

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const to = searchParams.get('to')
  if (to !== null) return response.writeHead(302, { location: to }).end()
  const name = pathname.slice(1)
  let sizeBytes
  try {
    sizeBytes = statSync(`${folder}/${name}`).size
  } catch {
    return response.writeHead(404).end('nothing here')
  }
  // chunked: nobody knows beforehand how long it is
  response.writeHead(200, searchParams.has('chunked') ? {} : { 'content-length': sizeBytes })
  // held: a first piece, and then nothing for as long as the client stays
  if (searchParams.has('held')) return createReadStream(`${folder}/${name}`, { end: 65_535 }).pipe(response, { end: false })
  return createReadStream(`${folder}/${name}`).pipe(response)
}).listen(Number(port), '127.0.0.1')
