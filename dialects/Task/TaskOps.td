//===- TaskOps.td - every operation of the task dialect ----------*- tablegen -*-===//

include "dialects/Task/TaskScopeOps.td"
include "dialects/Task/TaskGraphOps.td"
