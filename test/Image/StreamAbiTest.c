/* The layout that walks emit and executors read, written out once more: compiling is the test. */

#include "StreamAbi.h"

#include <stddef.h>

#define OFFSET(type, field, expected)                                                              \
  _Static_assert(offsetof(type, field) == (expected), #type "." #field " moved")
#define SIZE(type, expected) _Static_assert(sizeof(type) == (expected), #type " changed its size")
#define VALUE(name, expected) _Static_assert((name) == (expected), #name " changed its value")

OFFSET(tw_region, space, 0);
OFFSET(tw_region, type, 8);
OFFSET(tw_region, rank, 16);
OFFSET(tw_region, base, 24);
OFFSET(tw_region, sizes, 32);
OFFSET(tw_region, strides, 72);
SIZE(tw_region, 112);

OFFSET(tw_instruction, opcode, 0);
OFFSET(tw_instruction, pipe, 8);
OFFSET(tw_instruction, flags, 16);
OFFSET(tw_instruction, kind, 24);
OFFSET(tw_instruction, rounding, 32);
OFFSET(tw_instruction, dim, 40);
OFFSET(tw_instruction, other_pipe, 48);
OFFSET(tw_instruction, event, 56);
OFFSET(tw_instruction, channel, 64);
OFFSET(tw_instruction, scalar, 72);
OFFSET(tw_instruction, scalar_type, 80);
OFFSET(tw_instruction, sizes, 88);
OFFSET(tw_instruction, location, 112);
OFFSET(tw_instruction, num_regions, 120);
OFFSET(tw_instruction, regions, 128);
SIZE(tw_instruction, 576);

OFFSET(tw_channel, rows, 0);
OFFSET(tw_channel, columns, 8);
OFFSET(tw_channel, type, 16);
OFFSET(tw_channel, slots, 24);
OFFSET(tw_channel, to_cube, 32);
OFFSET(tw_channel, split, 40);
OFFSET(tw_channel, base, 48);
OFFSET(tw_channel, slot_bytes, 56);
OFFSET(tw_channel, direct, 64);
SIZE(tw_channel, 72);

OFFSET(tw_walk, walk, 0);
OFFSET(tw_walk, channels, 8);
OFFSET(tw_walk, locations, 16);
OFFSET(tw_walk, num_channels, 24);
OFFSET(tw_walk, num_locations, 28);
OFFSET(tw_walk, has_cube, 32);
OFFSET(tw_walk, lanes, 36);
OFFSET(tw_walk, ring_bytes, 40);
OFFSET(tw_walk, num_reads, 48);
SIZE(tw_walk, 56);

VALUE(TW_UNITS, 3);
VALUE(TW_SPACES, 8);
VALUE(TW_PIPES, 7);
VALUE(TW_OPCODES, 23);
VALUE(TW_VECTOR_UNARY, 5);
VALUE(TW_SET_FLAG, 14);
VALUE(TW_PUSH, 19);
VALUE(TW_SCALAR_RHS, 16);
