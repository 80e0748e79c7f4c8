//===- ImageTable.cpp - the table of an image, as a constant -----------------------===//
//
// What: LLVM globals with the layout of `struct tw_image` and the tables it points to.
// Why:  the runtime reads one symbol of the loaded image and needs no parser.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TaskToLLVM/ImageTable.h"

#include "lib/Image/ImageAbi.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

std::string tilework::describeLocation(Location location) {
  std::string text = "unknown";
  location->walk([&](Location inner) {
    auto position = dyn_cast<FileLineColLoc>(inner);
    if (!position)
      return WalkResult::advance();
    text = (position.getFilename().getValue() + ":" + Twine(position.getLine()) + ":" +
            Twine(position.getColumn()))
               .str();
    return WalkResult::interrupt();
  });
  return text;
}

namespace {
/// Writes constants; a field is an integer, a string, a symbol's address or a null pointer.
struct TableWriter {
  TableWriter(ModuleOp module)
      : builder(OpBuilder::atBlockEnd(module.getBody())), loc(module.getLoc()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  struct Field {
    enum { i32, i64, string, symbol } kind;
    int64_t number = 0;
    std::string text;
  };
  static Field number(int64_t value) { return {Field::i32, value, {}}; }
  static Field wide(int64_t value) { return {Field::i64, value, {}}; }
  static Field string(std::string text) { return {Field::string, 0, std::move(text)}; }
  static Field symbol(std::string name) { return {Field::symbol, 0, std::move(name)}; }

  Type typeOf(const Field &field) {
    if (field.kind == Field::i32)
      return builder.getI32Type();
    return field.kind == Field::i64 ? Type(builder.getI64Type()) : pointer;
  }

  LLVM::LLVMStructType structOf(const std::vector<Field> &fields) {
    SmallVector<Type> types;
    for (const Field &field : fields)
      types.push_back(typeOf(field));
    return LLVM::LLVMStructType::getLiteral(builder.getContext(), types);
  }

  std::string internString(const std::string &text) {
    auto [it, isNew] =
        strings.try_emplace(text, "tilework_string_" + std::to_string(strings.size()));
    if (isNew) {
      std::string bytes = text + '\0';
      auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
      LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
                             it->second, builder.getStringAttr(bytes));
    }
    return it->second;
  }

  Value materialize(const Field &field) {
    Type type = typeOf(field);
    if (type != pointer)
      return LLVM::ConstantOp::create(builder, loc, type,
                                      builder.getIntegerAttr(type, field.number));
    if (field.text.empty())
      return LLVM::ZeroOp::create(builder, loc, pointer);
    return LLVM::AddressOfOp::create(builder, loc, pointer, field.text);
  }

  Value materializeRow(LLVM::LLVMStructType type, const std::vector<Field> &row) {
    Value value = LLVM::PoisonOp::create(builder, loc, type);
    for (auto [index, field] : llvm::enumerate(row))
      value = LLVM::InsertValueOp::create(builder, loc, value, materialize(field),
                                          static_cast<int64_t>(index));
    return value;
  }

  /// A constant array of rows; returns its symbol, or none where there are no rows.
  std::string emitRows(StringRef name, std::vector<std::vector<Field>> rows) {
    if (rows.empty())
      return {};
    for (auto &row : rows)
      for (Field &field : row)
        if (field.kind == Field::string)
          field = symbol(internString(field.text));
    LLVM::LLVMStructType rowType = structOf(rows.front());
    auto type = LLVM::LLVMArrayType::get(rowType, rows.size());
    emitGlobal(name, type, LLVM::Linkage::Internal, [&] {
      Value array = LLVM::PoisonOp::create(builder, loc, type);
      for (auto [index, row] : llvm::enumerate(rows))
        array = LLVM::InsertValueOp::create(builder, loc, array, materializeRow(rowType, row),
                                            static_cast<int64_t>(index));
      return array;
    });
    return name.str();
  }

  void emitGlobal(StringRef name, Type type, LLVM::Linkage linkage,
                  llvm::function_ref<Value()> value) {
    auto global =
        LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, linkage, name, Attribute());
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(builder, loc, value());
  }

  OpBuilder builder;
  Location loc;
  Type pointer;
  llvm::StringMap<std::string> strings;
};
} // namespace

using Rows = std::vector<std::vector<TableWriter::Field>>;

static std::string emitArguments(TableWriter &writer, StringRef name,
                                 const std::vector<tilework::ArgumentRecord> &arguments) {
  Rows rows;
  for (const auto &it : arguments)
    rows.push_back({writer.number(it.kind), writer.number(it.elementType), writer.number(it.rank),
                    writer.number(it.slot), writer.number(it.direction), writer.number(it.flags),
                    writer.string(it.name)});
  return writer.emitRows(name, std::move(rows));
}

/// Returns the symbol of a `tw_walk`, or none.
static std::string emitWalk(TableWriter &writer, const std::string &name,
                            const std::optional<tilework::WalkRecord> &walk) {
  if (!walk)
    return {};
  Rows channels, locations;
  for (const tilework::ChannelRecord &it : walk->channels)
    channels.push_back({writer.wide(it.rows), writer.wide(it.columns), writer.wide(it.type),
                        writer.wide(it.slots), writer.wide(it.toCube), writer.wide(it.split),
                        writer.wide(it.base), writer.wide(it.slotBytes), writer.wide(it.isDirect)});
  for (const std::string &it : walk->locations)
    locations.push_back({writer.string(it)});
  std::string channelRows = writer.emitRows(name + "_channels", std::move(channels));
  std::string locationRows = writer.emitRows(name + "_locations", std::move(locations));
  return writer.emitRows(
      name, {{writer.symbol(walk->walk), writer.symbol(channelRows), writer.symbol(locationRows),
              writer.number(walk->channels.size()), writer.number(walk->locations.size()),
              writer.number(walk->hasCube), writer.number(walk->lanes),
              writer.wide(walk->ringBytes), writer.number(walk->reads), writer.number(0)}});
}

static std::string emitFunctions(TableWriter &writer, StringRef name,
                                 const std::vector<tilework::FunctionRecord> &functions,
                                 bool areKernels) {
  Rows rows;
  for (auto [index, it] : llvm::enumerate(functions)) {
    std::string prefix = (name + "_" + Twine(index)).str();
    std::string arguments = emitArguments(writer, prefix + "_args", it.arguments);
    std::vector<TableWriter::Field> row = {writer.string(it.name), writer.string(it.location),
                                           writer.symbol(it.run)};
    if (areKernels)
      row.push_back(writer.symbol(it.accesses));
    row.push_back(writer.symbol(arguments));
    row.push_back(writer.number(it.arguments.size()));
    row.push_back(writer.number(it.slotCount));
    if (areKernels) {
      row.push_back(writer.symbol(emitWalk(writer, prefix + "_walk", it.walk)));
      row.push_back(writer.number(it.flags));
      row.push_back(writer.number(0));
    }
    rows.push_back(std::move(row));
  }
  return writer.emitRows(name, std::move(rows));
}

void tilework::ImageTable::emit(ModuleOp module) const {
  TableWriter writer(module);
  std::string kernelRows = emitFunctions(writer, "tilework_kernels", kernels, true);
  std::string entryRows = emitFunctions(writer, "tilework_entries", entries, false);
  Rows rows;
  for (const CheckRecord &it : checks)
    rows.push_back({writer.string(it.message), writer.string(it.location),
                    writer.number(it.valueCount), writer.number(0)});
  std::string checkRows = writer.emitRows("tilework_checks", std::move(rows));
  Rows loopRows;
  for (const LoopRecord &it : loops)
    loopRows.push_back({writer.string(it.location), writer.string(it.variable),
                        writer.number(it.kind), writer.number(it.verdict)});
  std::string loopTable = writer.emitRows("tilework_loops", std::move(loopRows));
  std::vector<TableWriter::Field> image = {writer.number(TW_IMAGE_MAGIC),
                                           writer.number(TW_IMAGE_VERSION),
                                           writer.symbol(writer.internString(target)),
                                           writer.symbol(writer.internString("tilework")),
                                           writer.symbol(kernelRows),
                                           writer.symbol(checkRows),
                                           writer.symbol(entryRows),
                                           writer.symbol(loopTable),
                                           writer.number(kernels.size()),
                                           writer.number(checks.size()),
                                           writer.number(entries.size()),
                                           writer.number(loops.size())};
  LLVM::LLVMStructType type = writer.structOf(image);
  writer.emitGlobal(TW_IMAGE_SYMBOL, type, LLVM::Linkage::External,
                    [&] { return writer.materializeRow(type, image); });
}
