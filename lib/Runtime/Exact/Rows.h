//===- Rows.h - what the vector and cube units compute of rows of numbers -----------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_ROWS_H
#define TILEWORK_RUNTIME_EXACT_ROWS_H

#include "Kinds.h"

#include <cstdint>

namespace tilework::runtime::exact {

// Element-wise, in float32. The first row becomes the result.
void computeUnary(Unary kind, float *x, int64_t count);
void computeBinary(Binary kind, float *x, const float *y, int64_t count);
void computeCompare(Predicate predicate, const float *x, const float *y, int64_t *result,
                    int64_t count);

// Element-wise, in the integers of `type`. Results wrap when they are written.
void computeUnary(Unary kind, int64_t type, int64_t *x, int64_t count);
void computeBinary(Binary kind, int64_t type, int64_t *x, const int64_t *y, int64_t count);
void computeCompare(Predicate predicate, int64_t type, const int64_t *x, const int64_t *y,
                    int64_t *result, int64_t count);

// Reductions: `sum`, `max`, `min` or `prod`.
float neutralOf(Reduce kind);
int64_t neutralOf(Reduce kind, int64_t type);
/// total[i] = kind(total[i], x[i]), element by element.
void accumulate(Reduce kind, float *total, const float *x, int64_t count);
void accumulate(Reduce kind, int64_t type, int64_t *total, const int64_t *x, int64_t count);
/// Whether an element takes the place of the extreme found before it.
bool isBeyond(Reduce kind, float x, float extreme);
bool isBeyond(Reduce kind, int64_t type, int64_t x, int64_t extreme);

// One row of a product: s[j] = fma(a[k], b[k, j], s[j]) for ascending k; `b` is row-major.
void multiplyRow(float *sums, const float *a, const float *b, int64_t depth, int64_t columns);
/// The same in 32-bit integers that wrap.
void multiplyRow(uint32_t *sums, const uint32_t *a, const uint32_t *b, int64_t depth,
                 int64_t columns);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_ROWS_H
