// The public surface.
export { startRouter, type StartOptions } from './harness/start.ts'
export type { AnnounceRoute, RouterHandle, RowKind, RowKinds, Rows, WaitOptions } from './harness/handle.ts'
export { openTrace, type Place, type TraceHandle } from './harness/trace-handle.ts'
export { windowFromJson, windowToJson, type RecordedWindow, type WindowJson } from './harness/window.ts'
export type { Live, State, Window } from './harness/contract.ts'
export type {
  Absence,
  Announcement,
  DuplicateInterval,
  EndOfRibSeen,
  Flap,
  HeldRoute,
  Instant,
  NotificationSeen,
  Order,
  StaleInterval,
  Unknown,
  WindowAnswers,
  WindowFilter,
  Withdrawal,
} from './core/window/contract.ts'
export type { RouterSettings } from './harness/options.ts'
export { until, type Condition, type Happening, type Since } from './harness/until.ts'
export type { Waiting } from './harness/waiting.ts'
export type { EventRow } from './harness/event-log.ts'
export type { FindingChange } from './harness/findings-watch.ts'
export type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './harness/views.ts'
export { fromCluster, fromObjects, type ClusterOptions, type ObjectSource } from './kube/source.ts'
export type { Finding, FindingCode, NotJudged, Severity, Verdict } from './core/check/finding.ts'
export type { CloseCause } from './core/session/cause.ts'
export type { StopOptions } from './router/options.ts'
export type { News, PeerView, Route, SessionView } from './core/speaker/contract.ts'
export type { StreamEvent } from './core/stream/events.ts'
export { isUserError, UserError } from './core/errors/user-error.ts'
export { DRILLS, findDrill } from './drill/table.ts'
export { DrillInterrupted, runDrill } from './drill/run.ts'
export { drillOnNativeLab, type NativeDrillOptions } from './lab/native/drill.ts'
export type {
  Bar,
  Cluster,
  Drill,
  DrillParameters,
  DrillResult,
  DrillRouter,
  Margin,
  Stage,
} from './drill/contract.ts'
