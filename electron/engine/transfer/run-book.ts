import type { TransferPlan, TransferStep, TransferWayPlan } from '../../../shared/model/index.ts'
import { cloudName } from './clouds/words.ts'

/** A way as a document that stands alone: Markdown with boxes to tick, to be kept beside the change it is done for. */
export function runBookOf(plan: TransferPlan, way: TransferWayPlan): { readonly fileName: string; readonly markdown: string } {
  const { machine, source, target } = plan
  const parts = [
    `# ${machine}: ${source.name} → ${target.name}`,
    `Made ${new Date(plan.madeAtMs).toISOString()}. ${saidOf(way)}`,
    ...(way.obstacle ? [`**Not possible as it is:** ${way.obstacle.text}`] : []),
    ...section(
      'Before',
      way.findings.filter(({ severity }) => severity !== 'passed').map(({ severity, reason }) => `- ${MARKS[severity]} ${reason.text}`),
    ),
    ...section(
      'Disks',
      plan.disks.map(
        ({ target: dev, format, capacityBytes, allocationBytes }) =>
          `- ${dev}: ${format ?? 'format not known'}, ${bytes(capacityBytes)}, of which ${bytes(allocationBytes)} are used`,
      ),
    ),
    ...section(
      'What will differ',
      way.differs.map(({ topic, reason }) => `- ${topic}: ${reason.text}`),
    ),
    ...section(
      'Costs',
      way.costs.map(
        ({ what, usdPerMonth, source: from }) =>
          `- ${what.text}${usdPerMonth === null ? '' : `: ${usdPerMonth.toFixed(2)} USD a month (${from ?? 'list price'})`}`,
      ),
    ),
    '## Steps',
    ...way.steps.map((step, index) => stepText(step, index + 1)),
  ]
  return { fileName: `${cloudName(machine)}-${way.way}.md`, markdown: `${parts.join('\n\n')}\n` }
}

const MARKS = { blocks: '**stops it:**', warns: '**beware:**', unknown: '**not known:**', passed: '' } as const

function saidOf({ done }: TransferWayPlan): string {
  if (done === 'task') return 'NovaCron does all of it, as one task.'
  if (done === 'elsewhere') return 'NovaCron does each step; a person starts them.'
  return 'A person does it. Each step has its command and a check that it was done. Words in CAPITALS are to be filled in.'
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')]
}

function stepText({ what, by, command, check, bytes: size }: TransferStep, number: number): string {
  const lines = [`- [ ] **${number}. ${what.text}**${size === null ? '' : ` (${bytes(size)})`}${by === 'console' ? ' — in NovaCron' : ''}`]
  if (command !== null) lines.push(fenced(command))
  if (check) lines.push(`  Done when this shows ${check.shows}:`, fenced(check.command))
  return lines.join('\n\n')
}

/** Inside the list's item. */
function fenced(text: string): string {
  return ['```sh', ...text.split('\n'), '```'].map((line) => `  ${line}`).join('\n')
}

function bytes(count: number | null): string {
  if (count === null) return 'size not known'
  return count >= 1_073_741_824 ? `${(count / 1_073_741_824).toFixed(1)} GiB` : `${Math.ceil(count / 1_048_576)} MiB`
}
