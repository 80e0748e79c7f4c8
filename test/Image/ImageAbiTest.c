/* The layout generated code relies on, written out once more: compiling this file is the test. */

#include "ImageAbi.h"

#include <stddef.h>

#define OFFSET(type, field, expected)                                                              \
  _Static_assert(offsetof(type, field) == (expected), #type "." #field " moved")
#define SIZE(type, expected) _Static_assert(sizeof(type) == (expected), #type " changed its size")

OFFSET(struct tw_host, submit, 0);
OFFSET(struct tw_host, alloc, 8);
OFFSET(struct tw_host, wait, 16);
OFFSET(struct tw_host, join, 24);
OFFSET(struct tw_host, access, 32);
OFFSET(struct tw_host, scratch, 40);
OFFSET(struct tw_host, fail, 48);
OFFSET(struct tw_host, emit, 56);
OFFSET(struct tw_host, observe, 64);
OFFSET(struct tw_host, recall, 72);
OFFSET(struct tw_host, look, 80);
OFFSET(struct tw_host, enter, 88);
OFFSET(struct tw_host, next, 96);
OFFSET(struct tw_host, leave, 104);
OFFSET(struct tw_host, assume_distinct, 112);
OFFSET(struct tw_host, retain, 120);
OFFSET(struct tw_host, release, 128);
OFFSET(struct tw_host, keep, 136);
SIZE(struct tw_host, 144);

OFFSET(tw_arg, kind, 0);
OFFSET(tw_arg, element_type, 4);
OFFSET(tw_arg, rank, 8);
OFFSET(tw_arg, slot, 12);
OFFSET(tw_arg, direction, 16);
OFFSET(tw_arg, flags, 20);
OFFSET(tw_arg, name, 24);
SIZE(tw_arg, 32);

OFFSET(tw_kernel, name, 0);
OFFSET(tw_kernel, location, 8);
OFFSET(tw_kernel, run, 16);
OFFSET(tw_kernel, accesses, 24);
OFFSET(tw_kernel, args, 32);
OFFSET(tw_kernel, num_args, 40);
OFFSET(tw_kernel, num_slots, 44);
OFFSET(tw_kernel, walk, 48);
OFFSET(tw_kernel, flags, 56);
SIZE(tw_kernel, 64);

OFFSET(tw_loop, location, 0);
OFFSET(tw_loop, variable, 8);
OFFSET(tw_loop, kind, 16);
OFFSET(tw_loop, verdict, 20);
SIZE(tw_loop, 24);

OFFSET(tw_check, message, 0);
OFFSET(tw_check, location, 8);
OFFSET(tw_check, num_values, 16);
SIZE(tw_check, 24);

OFFSET(tw_entry, name, 0);
OFFSET(tw_entry, location, 8);
OFFSET(tw_entry, run, 16);
OFFSET(tw_entry, args, 24);
OFFSET(tw_entry, num_args, 32);
OFFSET(tw_entry, num_slots, 36);
SIZE(tw_entry, 40);

OFFSET(tw_image, magic, 0);
OFFSET(tw_image, version, 4);
OFFSET(tw_image, target, 8);
OFFSET(tw_image, producer, 16);
OFFSET(tw_image, kernels, 24);
OFFSET(tw_image, checks, 32);
OFFSET(tw_image, entries, 40);
OFFSET(tw_image, loops, 48);
OFFSET(tw_image, num_kernels, 56);
OFFSET(tw_image, num_checks, 60);
OFFSET(tw_image, num_entries, 64);
OFFSET(tw_image, num_loops, 68);
SIZE(tw_image, 72);
