//===- StreamAbi.h - the instruction stream of a placed kernel -----------------------*- C -*-===//
//
// What the walk of a placed kernel emits, and what executor, checkers and recordings read: one
// sequence of instructions per unit of the core group, in program order. Plain C, every field 64
// bits wide, so that native code fills an instruction as an array.
//
// Units and pipes. The cube core is unit 0, the vector cores are units 1 and 2. An instruction
// enters the queue of its pipe; a pipe executes its queue in order, one instruction at a time.
// Instructions of different pipes are ordered by flags, barriers, channels and cross flags only.
//
//   set_flag    on pipe `pipe`: flags[pipe, other_pipe][event] from 0 to 1; setting a set flag is
//               an error of the program
//   wait_flag   on pipe `pipe`: waits until flags[other_pipe, pipe][event] is 1, and clears it
//   barrier     `pipe`, or all pipes of the unit with kind 1: no later instruction of the unit's
//               pipe (of any of its pipes) starts before all earlier ones have ended
//   cross_set   cube: counter[lane][event] += 1 for both lanes; vector: arrivals[event][lane] += 1
//   cross_wait  vector: waits until counter[lane][event] > 0, then -= 1; cube: the same for the
//               arrivals of all lanes that execute
//   push        waits for a free slot of the channel, writes its part of it (regions[0]); a slot
//               pushed by vector cores is full when every lane that executes has pushed; a unit's
//               k-th push and pop are of slot k mod slots
//   pop         waits for the oldest full slot not yet popped, reads its part into regions[0]; of a
//               direct channel regions[0] is where that part lies already, and nothing is moved
//   read_scalar reads one element on pipe s; it must be what the walk, which has computed no tensor
//               data, has followed. What depends on it comes later in program order, and is not
//               issued before; no stream says so, and no order of pipes may rely on it
//   release     gives the oldest popped slot back; a slot popped by vector cores is free when every
//               lane that executes has released it
//
// Flags, counters, arrivals and slots are free and zero when a kernel starts, and must be when it
// ends.
//
// Rings. The slots of all channels lie in one memory of `ring_bytes`, part of global memory, that
// belongs to the core group; the runtime allocates it, and no instruction but push and pop reaches
// it. Slot i of a channel begins at base + i * slot_bytes and holds a tile row-major; a lane's part
// lies where it lies in the tile. Slots share no byte with each other. What a slot held is lost
// when it is free again.
//
// The ring of a direct channel lies in the memory of who receives, at the same address on each
// lane: in l1, where a slot holds a tile row-major, or in ub, where it holds the lane's part from
// its beginning, in rows as long as those of the larger part. Pushes reach into that memory; there
// other instructions may touch the bytes of a slot, and from the release on they are the sender's
// again.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_IMAGE_STREAMABI_H
#define TILEWORK_IMAGE_STREAMABI_H

#include "ImageAbi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TW_STREAM_MAX_RANK 5
#define TW_STREAM_MAX_REGIONS 4

enum tw_unit { TW_CUBE = 0, TW_VECTOR_0 = 1, TW_VECTOR_1 = 2, TW_UNITS = 3 };

/* The numbers of #core.space and of the core dialect's other enums. */
enum tw_space {
  TW_GM = 0,
  TW_L1 = 1,
  TW_L0A = 2,
  TW_L0B = 3,
  TW_L0C = 4,
  TW_UB = 5,
  TW_BT = 6,
  TW_FB = 7,
  TW_SPACES = 8
};

enum tw_pipe {
  TW_MTE1 = 0,
  TW_MTE2 = 1,
  TW_MTE3 = 2,
  TW_FIXP = 3,
  TW_M = 4,
  TW_V = 5,
  TW_S = 6,
  TW_PIPES = 7
};

/* Regions in order; `kind`, `rounding`, `dim` and the scalar where they are named. */
enum tw_opcode {
  TW_DMA_LOAD = 0,       /* source, destination; TW_PADS: outside the source's sizes, the scalar */
  TW_DMA_STORE = 1,      /* source, destination; TW_ATOMIC_ADD */
  TW_FIXPIPE = 2,        /* source, destination; TW_ATOMIC_ADD */
  TW_MOVE = 3,           /* source, destination; TW_TRANSPOSES */
  TW_MMAD = 4,           /* lhs, rhs, accumulator; TW_STARTS: the sum starts at +0.0 */
  TW_VECTOR_UNARY = 5,   /* input, destination; kind: unary */
  TW_VECTOR_BINARY = 6,  /* lhs, rhs (TW_SCALAR_RHS: none), destination; kind: binary */
  TW_VECTOR_COMPARE = 7, /* lhs, rhs (TW_SCALAR_RHS: none), destination; kind: predicate */
  TW_VECTOR_SELECT = 8,  /* mask, lhs, rhs, destination */
  TW_VECTOR_CAST = 9,    /* input, destination; rounding */
  TW_VECTOR_REDUCE = 10, /* input, destination; kind: reduce; dim */
  TW_VECTOR_FILL = 11,   /* value (TW_SCALAR_RHS: none), destination */
  TW_VECTOR_ARANGE = 12, /* destination; the scalar is the start */
  TW_VECTOR_TRANSPOSE = 13, /* input, destination */
  TW_SET_FLAG = 14,
  TW_WAIT_FLAG = 15,
  TW_CROSS_SET = 16,
  TW_CROSS_WAIT = 17,
  TW_BARRIER = 18,
  TW_PUSH = 19,        /* source; channel */
  TW_POP = 20,         /* destination; channel */
  TW_RELEASE = 21,     /* channel */
  TW_READ_SCALAR = 22, /* one element; the scalar is what the walk takes it to be */
  TW_OPCODES = 23
};

enum tw_instruction_flag {
  TW_PADS = 1,
  TW_ATOMIC_ADD = 2,
  TW_TRANSPOSES = 4,
  TW_STARTS = 8,
  TW_SCALAR_RHS = 16
};

/// A strided rectangle of one memory. A dimension of a transfer's region beyond the other's rank is
/// 1; leading dimensions are missing first. A vector operand repeats its unit dimensions.
typedef struct {
  int64_t space; /* enum tw_space */
  int64_t type;  /* enum tw_type */
  int64_t rank;
  int64_t base; /* gm: the address on the host; else bytes from the start of the memory */
  int64_t sizes[TW_STREAM_MAX_RANK];
  int64_t strides[TW_STREAM_MAX_RANK]; /* elements */
} tw_region;

struct tw_instruction {
  int64_t opcode;     /* enum tw_opcode */
  int64_t pipe;       /* enum tw_pipe: the queue it enters */
  int64_t flags;      /* enum tw_instruction_flag, or'ed */
  int64_t kind;       /* the dialect's enum, by opcode */
  int64_t rounding;   /* #core Rounding */
  int64_t dim;        /* of a reduction */
  int64_t other_pipe; /* of a flag: waits and sets name both ends */
  int64_t event;      /* of a flag or cross flag, slot included */
  int64_t channel;    /* number of the channel in its group */
  int64_t scalar;     /* its bits as in a slot (ImageAbi.h), of type scalar_type */
  int64_t scalar_type;
  int64_t sizes[3]; /* mmad: M, K, N */
  int64_t location; /* index into tw_walk.locations */
  int64_t num_regions;
  tw_region regions[TW_STREAM_MAX_REGIONS];
};

/// A channel of a group: where its ring lies, what a slot holds.
typedef struct {
  int64_t rows, columns; /* the whole tile */
  int64_t type;          /* enum tw_type */
  int64_t slots;
  int64_t to_cube; /* 0: to the vector cores */
  int64_t split;   /* 0 none: each lane has the whole tile; 1 up_down, 2 left_right: of an odd size
                      vector core 0 has the larger half */
  int64_t base;    /* bytes from the start of the group's ring memory; of a direct channel, of ub
                      or l1 */
  int64_t slot_bytes; /* from one slot to the next, at least what a slot holds */
  int64_t direct;     /* 1: the slots lie in the memory of who receives */
} tw_channel;

/// How to walk a placed kernel.
struct tw_walk {
  /// Emits the stream of one unit through tw_host.emit, in program order, without touching tensor
  /// data. `slots` are the kernel's.
  void (*walk)(tw_host *, const int64_t *slots, int32_t unit);
  const tw_channel *channels;
  const char *const *locations; /* "file.py:12:5" */
  int32_t num_channels;
  int32_t num_locations;
  int32_t has_cube;
  int32_t lanes;      /* vector cores that execute: 0, 1 or 2 */
  int64_t ring_bytes; /* of the group's ring memory */
  int32_t num_reads; /* `recall` is asked for numbers below it; 0: the kernel need not run before */
  int32_t reserved;
};

#ifdef __cplusplus
}
#endif

#endif // TILEWORK_IMAGE_STREAMABI_H
