// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/trace_reader.hpp"

#include "tools/fixtures/json_node.hpp"

namespace switchyard::trace {
namespace {

using fixtures::JsonNode;

std::optional<uint64_t> find_number(const JsonNode& node, std::string_view field) {
    const auto found = node.find(field);
    return found ? std::optional(found->uint64()) : std::nullopt;
}

/// Bytes with or without 0x; an empty string is no bytes.
Bytes bytes_of(const JsonNode& node) {
    auto out = from_hex(node.text());
    if (!out) node.fail("is not a string of hex bytes");
    return out ? *std::move(out) : Bytes{};
}

std::optional<Bytes> find_bytes(const JsonNode& node, std::string_view field) {
    const auto found = node.find(field);
    return found ? std::optional(bytes_of(*found)) : std::nullopt;
}

/// One string, or a list of strings one after another (EIP-3155's text).
std::optional<Bytes> find_memory(const JsonNode& node) {
    const auto found = node.find("memory");
    if (!found) return std::nullopt;
    if (!found->is_array()) return bytes_of(*found);
    Bytes out;
    found->for_each([&](const JsonNode& part) {
        const Bytes bytes = bytes_of(part);
        out.insert(out.end(), bytes.begin(), bytes.end());
    });
    return out;
}

TraceStep read_step(const JsonNode& node) {
    TraceStep out;
    out.pc = node.at("pc").uint64();
    out.opcode = node.at("op").uint64();
    out.gas = node.at("gas").uint64();
    out.depth = find_number(node, "depth");
    out.gas_cost = find_number(node, "gasCost");
    out.memory_bytes = find_number(node, "memSize");
    out.refund = find_number(node, "refund");
    if (const auto stack = node.find("stack")) {
        out.stack.emplace();
        stack->for_each([&](const JsonNode& item) { out.stack->push_back(item.uint256()); });
    }
    out.memory = find_memory(node);
    out.return_data = find_bytes(node, "returnData");
    if (const auto error = node.find("error")) out.error = error->text();
    return out;
}

TraceEnd read_end(const JsonNode& node) {
    TraceEnd out;
    out.gas_used = find_number(node, "gasUsed");
    out.output = find_bytes(node, "output");
    if (const auto root = node.find("stateRoot")) out.state_root = root->fixed<32>();
    return out;
}

bool repeats(const TraceStep& before, const TraceStep& step) {
    return before.error.empty() && !step.error.empty() && before.pc == step.pc &&
           before.opcode == step.opcode && before.gas == step.gas && before.depth == step.depth;
}

}  // namespace

struct TraceReader::Parser {
    simdjson::dom::parser json;
};

TraceReader::TraceReader(LineReader lines)
    : lines_(std::move(lines)), parser_(std::make_unique<Parser>()) {}
TraceReader::~TraceReader() = default;
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;

Result<std::optional<TraceLine>> TraceReader::next() {
    for (;;) {
        const auto line = lines_.next();
        if (!line) return line.error();
        if (!*line) {
            if (content_ == Content::Other)
                return Error{ErrorCode::InvalidInput,
                             lines_.name() +
                                 ": no line of it is a trace's, an object with pc, op "
                                 "and gas (EIP-3155)"};
            return std::optional<TraceLine>();
        }
        if (content_ == Content::None) content_ = Content::Other;
        if (!(*line)->starts_with('{')) continue;
        auto parsed = parse(**line);
        if (parsed && *parsed) content_ = Content::Trace;
        if (!parsed || *parsed) return parsed;
    }
}

/// No value: a line of another kind, or a repetition.
Result<std::optional<TraceLine>> TraceReader::parse(std::string_view line) {
    const std::string where = lines_.name() + ":" + std::to_string(lines_.line_number());
    simdjson::dom::element root;
    if (const auto error = parser_->json.parse(line.data(), line.size()).get(root))
        return Error{ErrorCode::InvalidInput,
                     where + ": is not valid JSON: " + simdjson::error_message(error)};
    fixtures::JsonFailure failure(where);
    const JsonNode node(root, failure);
    std::optional<TraceLine> out;
    if (node.find("pc")) {
        TraceStep step = read_step(node);
        if (!last_ || !repeats(*last_, step)) out = step;
        last_ = std::move(step);
    } else if (node.find("stateRoot") || node.find("gasUsed")) {
        out = read_end(node);
    } else if (node.find("result") && node.find("value")) {
        out = TraceStatement{std::string(node.at("result").text()),
                             std::string(node.at("value").text())};
    }
    if (failure.failed()) return failure.error();
    return out;
}

}  // namespace switchyard::trace
