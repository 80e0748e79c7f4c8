//===- CoreOps.td - every operation of the core dialect ----------*- tablegen -*-===//

include "dialects/Core/CoreProgramOps.td"
include "dialects/Core/CoreDataOps.td"
include "dialects/Core/CoreVectorOps.td"
include "dialects/Core/CoreSyncOps.td"
