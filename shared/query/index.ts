export type {
  CompareOperator,
  FieldNode,
  FieldTest,
  ListNode,
  NodeSpan,
  QueryNode,
  QuerySpans,
  QueryValue,
  RangeValue,
  Span,
  TextNode,
  TextPattern,
} from './ast.ts'
export { MAX_QUERY_DEPTH, MAX_QUERY_LENGTH } from './ast.ts'
export { type CheckResult, checkQuery } from './check.ts'
export { compileQuery, type QueryPredicate } from './compile.ts'
export { type Completion, type CompletionItem, completeQuery, type KnownValue, type ValuesOf } from './complete.ts'
export { addTerm, hasTerm, removeTerm, toggleTerm, toggleValue } from './edit.ts'
export { EVENT_FIELDS } from './event-fields.ts'
export {
  defineFields,
  type EnumValue,
  type Field,
  type FieldDefinition,
  type FieldKind,
  type FieldSet,
  type FieldValue,
  type QueryContext,
} from './fields.ts'
export { foldText } from './fold.ts'
export { formatQuery, formatValue } from './format.ts'
export { type HighlightRole, type HighlightToken, highlightQuery } from './highlight.ts'
export { HOST_FIELDS } from './host-fields.ts'
export type { InventoryContext } from './inventory-context.ts'
export { MACHINE_FIELDS } from './machine-fields.ts'
export { parseQuery, parseTolerant, type QueryResult, type TolerantResult } from './parse.ts'
export { QUERY_ERROR_CODES, type QueryError, type QueryErrorCode, type QueryErrorParams } from './query-error.ts'
export { TASK_FIELDS } from './task-fields.ts'
export { compileTerm } from './term.ts'
