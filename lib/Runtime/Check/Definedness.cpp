//===- Definedness.cpp - follows elements that were never written -------------------*- C++ -*-===//

#include "Definedness.h"

#include "Describe.h"

#include <algorithm>

namespace tilework::check {

Shadow &Definedness::shadowOf(Memory memory) {
  return shadows.try_emplace(memory, Shadow(memory == globalMemory ? 0 : neverWritten))
      .first->second;
}

Cell Definedness::worstOf(const Operand &operand) {
  Cell worst = 0;
  Shadow &shadow = shadowOf(operand.memory);
  forEachRun(operand.footprint(), [&](int64_t begin, int64_t width) {
    worst = std::max(worst, shadow.worstOf(begin, width));
  });
  return worst;
}

/// Calls `use(number, address)` for the first element of each row, in row-major order.
template <typename Use> static void forEachRow(const Operand &operand, Use use) {
  const auto &[a, b, c, d, e] = operand.sizes;
  const Extents &strides = operand.strides;
  for (int64_t i = 0; i < a * b * c * d; ++i)
    use(i * e, operand.base + i / (d * c * b) * strides[0] + i / (d * c) % b * strides[1] +
                   i / d % c * strides[2] + i % d * strides[3]);
}

static int64_t elementsOf(const Operand &operand) {
  int64_t count = 1;
  for (int64_t size : operand.sizes)
    count *= size;
  return count;
}

static bool hasDenseRows(const Operand &operand) {
  return operand.strides[maxRank - 1] == operand.elementBytes;
}

/// The cells of the elements in row-major order.
Cells Definedness::gather(const Operand &operand) {
  Cells cells(elementsOf(operand));
  Shadow &shadow = shadowOf(operand.memory);
  int64_t columns = operand.sizes[maxRank - 1], bytes = operand.elementBytes;
  Cells row(columns * bytes);
  forEachRow(operand, [&](int64_t number, int64_t address) {
    if (hasDenseRows(operand))
      shadow.read(address, columns * bytes, row.data());
    else
      for (int64_t j = 0; j < columns; ++j)
        shadow.read(address + j * operand.strides[maxRank - 1], bytes, &row[j * bytes]);
    for (int64_t j = 0; j < columns; ++j)
      cells[number + j] = *std::max_element(&row[j * bytes], &row[j * bytes] + bytes);
  });
  return cells;
}

void Definedness::scatter(const Operand &operand, const Cells &cells) {
  Shadow &shadow = shadowOf(operand.memory);
  int64_t columns = operand.sizes[maxRank - 1], stride = operand.strides[maxRank - 1];
  forEachRow(operand, [&](int64_t number, int64_t address) {
    for (int64_t j = 0, stop; j < columns; j = stop) {
      for (stop = j + 1; hasDenseRows(operand) && stop < columns; ++stop)
        if (cells[number + stop] != cells[number + j])
          break;
      shadow.fill(address + j * stride, (stop - j) * operand.elementBytes, cells[number + j]);
    }
  });
}

static void swapDimensions(Operand &operand, int a, int b) {
  std::swap(operand.sizes[a], operand.sizes[b]);
  std::swap(operand.strides[a], operand.strides[b]);
}

static void worsen(Cell &cell, Cell other) {
  cell = std::max(cell, other);
}

/// acc[i, j] is undefined where it was, or with row i of lhs, or with column j of rhs.
Cells Definedness::productOf(const Effects &effects) {
  const Operand &accumulator = effects.operands[2];
  Cells left = gather(effects.operands[0]), right = gather(effects.operands[1]);
  int64_t m = accumulator.sizes[3], k = effects.operands[0].sizes[4], n = accumulator.sizes[4];
  Cells rows(m), columns(n);
  for (int64_t i = 0; i < m * k; ++i)
    worsen(rows[i / k], left[i]);
  for (int64_t i = 0; i < k * n; ++i)
    worsen(columns[i % n], right[i]);
  Cells result = accumulator.reads ? gather(accumulator) : Cells(m * n);
  for (int64_t i = 0; i < m * n; ++i)
    worsen(result[i], std::max(rows[i / n], columns[i % n]));
  return result;
}

/// A select without values: the better operand counts.
Cells Definedness::choiceOf(const Effects &effects) {
  Cells result = gather(effects.operands[0]);
  Cells left = gather(effects.operands[1]), right = gather(effects.operands[2]);
  for (size_t i = 0; i < result.size(); ++i)
    worsen(result[i], std::min(left[i], right[i]));
  return result;
}

/// Elements of one result follow each other once their dimension is the last.
void Definedness::reduce(const tw_instruction &instruction, Operand input, Cells &result) {
  int64_t dim = maxRank - instruction.regions[0].rank + instruction.dim;
  for (int d = static_cast<int>(dim); d + 1 < maxRank; ++d)
    swapDimensions(input, d, d + 1);
  Cells cells = gather(input);
  for (size_t i = 0; i < cells.size(); ++i)
    worsen(result[i / input.sizes[maxRank - 1]], cells[i]);
}

/// The cells of the destination's elements, by what the instruction computes.
Cells Definedness::resultOf(const tw_instruction &instruction, const Effects &effects) {
  if (instruction.opcode == TW_MMAD)
    return productOf(effects);
  if (instruction.opcode == TW_VECTOR_SELECT)
    return choiceOf(effects);
  const Operand &destination = effects.operands[effects.count - 1];
  Cells result = destination.reads ? gather(destination) : Cells(elementsOf(destination));
  for (int i = 0; i + 1 < effects.count; ++i) {
    Operand input = effects.operands[i];
    if (instruction.opcode == TW_VECTOR_REDUCE) {
      reduce(instruction, input, result);
      continue;
    }
    if (effects.transposes)
      swapDimensions(input, maxRank - 1, maxRank - 2);
    for (int d = 0; d < maxRank; ++d)
      if (input.sizes[d] != destination.sizes[d]) { // a unit dimension, repeated
        input.sizes[d] = destination.sizes[d];
        input.strides[d] = 0;
      }
    Cells cells = gather(input);
    for (size_t j = 0; j < cells.size(); ++j)
      worsen(result[j], cells[j]);
  }
  return result;
}

/// The cell of what `site` computes from elements that were never written.
Cell Definedness::originOf(Site site) {
  const tw_instruction &it = findings.at(site);
  for (size_t i = 0; i < origins.size(); ++i) {
    const tw_instruction &other = findings.at(origins[i]);
    if (origins[i].unit == site.unit && other.opcode == it.opcode && other.location == it.location)
      return static_cast<Cell>(i + 1);
  }
  if (origins.size() + 1 < neverWritten)
    origins.push_back(site);
  return static_cast<Cell>(origins.size());
}

void Definedness::forget(const Operand &operand) {
  Shadow &shadow = shadowOf(operand.memory);
  forEachRun(operand.footprint(),
             [&](int64_t begin, int64_t width) { shadow.fill(begin, width, neverWritten); });
}

void Definedness::visit(Site site, const Effects &effects) {
  const Operand &destination = effects.operands[effects.count - 1];
  Shadow &shadow = shadowOf(destination.memory);
  Cell worst = 0;
  for (int i = 0; i < effects.count; ++i)
    if (effects.operands[i].reads)
      worsen(worst, worstOf(effects.operands[i]));
  if (!destination.writes) {
    if (worst != 0)
      reportDecision(site, worst);
    return;
  }
  if (worst == 0 || effects.pads)
    forEachRun(destination.footprint(),
               [&](int64_t begin, int64_t width) { shadow.fill(begin, width, 0); });
  if (worst == 0)
    return;
  Effects unpadded = effects;
  Operand &written = unpadded.operands[effects.count - 1];
  if (effects.pads)
    written.sizes = effects.operands[0].sizes;
  Cells cells = resultOf(findings.at(site), unpadded);
  Cell origin = 0;
  for (Cell &cell : cells)
    if (cell == neverWritten)
      cell = origin ? origin : origin = originOf(site);
  if (written.memory == globalMemory)
    reportArrival(site, written, cells);
  scatter(written, cells);
}

static bool isObserved(const CheckOptions &options, int64_t address) {
  if (!options.observed)
    return true;
  auto byte = static_cast<uintptr_t>(address);
  return std::any_of(options.observed->begin(), options.observed->end(),
                     [&](const GmRange &range) { return range.begin <= byte && byte < range.end; });
}

/// Which way a program goes, or where it reaches, depends on an undefined element.
void Definedness::reportDecision(Site site, Cell cell) {
  std::vector<Site> sites = {site};
  if (cell != neverWritten)
    sites.insert(sites.begin(), origins[cell - 1]);
  findings.add(Kind::UndefinedElement, sites,
               std::string("expects control flow and addresses to depend on defined elements, but "
                           "got one ") +
                   (cell == neverWritten ? "that was never written" : "computed from others"));
}

void Definedness::reportArrival(Site site, const Operand &destination, const Cells &cells) {
  int64_t count = 0, first = 0;
  Cell cell = 0;
  forEachRow(destination, [&](int64_t number, int64_t row) {
    for (int64_t j = 0; j < destination.sizes[maxRank - 1]; ++j) {
      int64_t address = row + j * destination.strides[maxRank - 1];
      if (!cells[number + j] || !isObserved(findings.options, address) || count++)
        continue;
      first = address;
      cell = cells[number + j];
    }
  });
  if (!count)
    return;
  Site origin = origins[cell - 1];
  std::vector<Site> sites = {site};
  bool isDirect = origin.unit == site.unit && origin.index == site.index;
  if (!isDirect)
    sites.insert(sites.begin(), origin);
  findings.add(Kind::UndefinedElement, sites,
               "expects defined elements in global memory, but got " + std::to_string(count) +
                   (isDirect ? " that were never written" : " computed from never-written ones") +
                   ", the first at " + addressText(findings.options, first));
}

} // namespace tilework::check
