// The public surface.
export { startRouter, type StartOptions } from './harness/start.ts'
export type { AnnounceRoute } from './harness/announce-route.ts'
export type { RouterHandle, RowKind, RowKinds, Rows } from './harness/handle.ts'
export type { WaitOptions } from './harness/wait.ts'
export type { Live, State, Window } from './harness/contract.ts'
export type { WantedRoute } from './harness/nearest-routes.ts'
export type { Between } from './harness/past-window.ts'
export { openTrace, type Place, type TraceHandle } from './harness/trace-handle.ts'
export { windowFromJson, windowToJson, type RecordedWindow, type WindowJson } from './harness/window.ts'
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
export { attachRouter, type AttachedRouter, type AttachOptions } from './api/attach.ts'
export type { AttachedWindow } from './api/attached-window.ts'
export { serveRouter, type ServedRouter, type ServeRouterOptions } from './api/serve-router.ts'
export { until, type Condition, type Happening } from './harness/until.ts'
export type { Since } from './harness/condition-spec.ts'
export type { Waiting } from './harness/waiting.ts'
export type { EventRow } from './harness/event-log.ts'
export type { FindingChange } from './harness/findings-watch.ts'
export type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './harness/views.ts'
export { fromStatic, type StaticEntry } from './kube/static-source.ts'
export { fromCluster, fromObjects, type ClusterOptions, type ObjectSource } from './kube/source.ts'
export type { Finding, FindingCode, NotJudged, Severity, Verdict } from './core/check/finding.ts'
export type { CloseCause } from './core/session/cause.ts'
export type { StopOptions } from './router/options.ts'
export type { News, PeerView, Route, SessionView } from './core/speaker/contract.ts'
export type { StreamEvent } from './core/stream/events.ts'
export { isUserError, UserError } from './core/errors/user-error.ts'
export { startProbes, type ProbeOptions, type Probes } from './probe/start.ts'
export { serveEcho, type EchoOptions } from './probe/echo-server.ts'
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
