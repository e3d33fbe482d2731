import { expect, it } from 'vitest'
import { failure } from '../../conformance/fixture.ts'
import { rangesIn, refusalIn } from './page-ranges.ts'

// as "Get Page Ranges" of the service's reference shows it
const LIST = `\uFEFF<?xml version="1.0" encoding="utf-8"?>
<PageList>
   <PageRange>
      <Start>0</Start>
      <End>511</End>
   </PageRange>
   <PageRange>
      <Start>35183298346496</Start>
      <End>35183298347519</End>
   </PageRange>
   <NextMarker>2!4!abc</NextMarker>
</PageList>`

it('reads ranges and where the next ones begin', () => {
  expect(rangesIn(LIST)).toEqual({
    ranges: [
      { offset: 0, length: 512 },
      { offset: 35_183_298_346_496, length: 1_024 },
    ],
    marker: '2!4!abc',
  })
  expect(rangesIn('<PageList><NextMarker/></PageList>')).toEqual({ ranges: [], marker: null })
  expect(rangesIn('<PageList></PageList>')).toEqual({ ranges: [], marker: null })
})

it.each([
  ['no XML', 'gateway'],
  ['another document', '<Error><Code>x</Code></Error>'],
  ['no number', '<PageList><PageRange><Start>a</Start><End>5</End></PageRange></PageList>'],
  ['a range without an end', '<PageList><PageRange><Start>0</Start></PageRange></PageList>'],
  ['an end before its start', '<PageList><PageRange><Start>512</Start><End>5</End></PageRange></PageList>'],
])('%s is not understood', async (_, xml) => {
  const refused = Promise.resolve().then(() => rangesIn(xml))
  expect((await failure(refused, 'protocol')).code).toBe('cloud.not-understood')
})

it('reads a refusal', () => {
  const xml = '<?xml version="1.0"?><Error><Code>Md5Mismatch</Code><Message>The MD5 is another.\nRequestId:1\nTime:2</Message></Error>'
  expect(refusalIn(xml)).toEqual({ code: 'Md5Mismatch', message: 'The MD5 is another.' })
  expect(refusalIn('<html>')).toEqual({ code: '', message: '' })
})
