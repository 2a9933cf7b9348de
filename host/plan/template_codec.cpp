// SPDX-License-Identifier: Apache-2.0
#include "host/plan/template_codec.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "host/core/checksum/crc32c.hpp"

namespace switchyard::plan {
namespace {

constexpr std::array<uint8_t, 8> kMagic{'S', 'W', 'T', 'P', 'L', 'A', 'N', '\n'};
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = kMagic.size() + 4 + 4;

class Writer {
  public:
    template <typename T>
    void number(T value) {
        for (unsigned i = 0; i < sizeof(T); ++i)
            out.push_back(static_cast<uint8_t>(value >> (8 * i)));
    }
    void bytes(BytesView view) { out.insert(out.end(), view.begin(), view.end()); }
    void word(const Uint256& value) { bytes(to_bytes32(value)); }
    Bytes out;
};

/// Reads until the first thing that is not there; then everything is 0 and `failed` is set.
class Reader {
  public:
    explicit Reader(BytesView bytes) : rest_(bytes) {}
    template <typename T>
    [[nodiscard]] T number() {
        const BytesView from = take(sizeof(T));
        T value = 0;
        for (size_t i = 0; i < from.size(); ++i)
            value = static_cast<T>(value | static_cast<T>(T{from[i]} << (8 * i)));
        return value;
    }
    [[nodiscard]] Bytes32 hash() {
        const BytesView from = take(32);
        return from.empty() ? Bytes32{} : fixed_bytes_unchecked<32>(from);
    }
    [[nodiscard]] BytesView take(size_t size) {
        if (size > rest_.size()) {
            failed = true;
            rest_ = {};
            return {};
        }
        const BytesView out = rest_.first(size);
        rest_ = rest_.subspan(size);
        return out;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    bool failed = false;

  private:
    BytesView rest_;
};

void write_term(const TermGraph& graph, const Term& term, Writer& out) {
    out.number(static_cast<uint8_t>(term.op));
    switch (term.op) {
        case TermOp::Constant:
            return out.word(graph.constant_of(term));
        case TermOp::Calldata:
            out.number(term.offset);
            return out.number(term.size);
        case TermOp::Slice:
            out.number(term.a);
            out.number(term.offset);
            return out.number(term.size);
        case TermOp::Sum:
            out.number(term.a);
            out.number(term.b);
            return out.word(graph.constant_of(term));
        case TermOp::Lower:
        case TermOp::Higher:
        case TermOp::Load:
            out.number(term.a);
            return out.number(term.b);
        case TermOp::Hash:
            out.number(term.fragment_count);
            for (const HashFragment& fragment : graph.fragments_of(term)) {
                out.number(fragment.term);
                out.number(fragment.width);
            }
            return;
        default:
            return;
    }
}

TermIndex read_term(Reader& in, TermGraph& graph) {
    const auto op = in.number<uint8_t>();
    if (op >= kTermOpCount) return kNoTerm;
    switch (static_cast<TermOp>(op)) {
        case TermOp::Constant:
            return graph.constant(to_uint256(in.hash()));
        case TermOp::Calldata: {
            const auto offset = in.number<uint16_t>();
            return graph.calldata(offset, in.number<uint8_t>());
        }
        case TermOp::Slice: {
            const auto a = in.number<TermIndex>();
            const auto offset = in.number<uint16_t>();
            return graph.slice(a, offset, in.number<uint8_t>());
        }
        case TermOp::Sum: {
            const auto a = in.number<TermIndex>();
            const auto b = in.number<TermIndex>();
            const Uint256 constant = to_uint256(in.hash());
            return b == kNoTerm ? graph.plus(a, constant) : graph.sum(a, b, constant);
        }
        case TermOp::Lower: {
            const auto a = in.number<TermIndex>();
            return graph.lower(a, in.number<TermIndex>());
        }
        case TermOp::Higher: {
            const auto a = in.number<TermIndex>();
            return graph.higher(a, in.number<TermIndex>());
        }
        case TermOp::Load: {
            const auto a = in.number<TermIndex>();
            return graph.load(a, in.number<TermIndex>());
        }
        case TermOp::Hash: {
            std::vector<HashFragment> fragments(in.number<uint8_t>());
            for (HashFragment& fragment : fragments) {
                fragment.term = in.number<TermIndex>();
                fragment.width = in.number<uint8_t>();
            }
            return graph.hash(fragments);
        }
        default:
            return graph.atom(static_cast<TermOp>(op));
    }
}

void write_entry(const TemplateEntry& entry, Writer& out) {
    out.number(entry.account);
    out.number(entry.slot);
    for (const uint8_t byte : {static_cast<uint8_t>(entry.is_guess ? 1 : 0), entry.tries,
                               entry.hits, entry.alone, entry.writes, entry.adds, entry.reads})
        out.number(byte);
}

/// False: it is no entry of a template.
bool read_entry(Reader& in, TemplateEntry& entry) {
    entry.account = in.number<TermIndex>();
    entry.slot = in.number<TermIndex>();
    const auto guess = in.number<uint8_t>();
    entry.is_guess = guess == 1;
    for (uint8_t* const count :
         {&entry.tries, &entry.hits, &entry.alone, &entry.writes, &entry.adds, &entry.reads})
        *count = in.number<uint8_t>();
    return guess <= 1;
}

using NamedTemplate = std::pair<TemplateKey, Template>;

Result<NamedTemplate> read_template(Reader& in) {
    TemplateKey key;
    key.code_hash = in.hash();
    key.selector = in.number<uint32_t>();
    key.length = in.number<uint32_t>();
    const auto observations = in.number<uint32_t>();
    const auto gas = in.number<uint64_t>();
    const auto terms = in.number<uint16_t>();
    const auto entries = in.number<uint16_t>();
    TermGraph graph;
    for (uint16_t i = 0; i < terms && !in.failed; ++i)
        if (read_term(in, graph) != i) return Error{ErrorCode::Corrupt, "a term is not one"};
    std::vector<TemplateEntry> read;
    for (uint16_t i = 0; i < entries && !in.failed; ++i)
        if (!read_entry(in, read.emplace_back()))
            return Error{ErrorCode::Corrupt, "an entry is not one"};
    if (in.failed) return Error{ErrorCode::Corrupt, "a template is cut off"};
    auto made = Template::restored(std::move(graph), std::move(read), observations, gas);
    if (!made) return Error{ErrorCode::Corrupt, "a template is not one"};
    return NamedTemplate{key, std::move(*made)};
}

}  // namespace

Bytes encode_templates(const TemplateStore& store) {
    Writer body;
    body.number(static_cast<uint32_t>(store.proxies()));
    body.number(static_cast<uint32_t>(store.size()));
    store.for_each_proxy([&](const Bytes32& code_hash, const Uint256& slot) {
        body.bytes(code_hash);
        body.word(slot);
    });
    store.for_each([&](const TemplateKey& key, const Template& each) {
        body.bytes(key.code_hash);
        body.number(key.selector);
        body.number(key.length);
        body.number(each.observations());
        body.number(each.gas());
        body.number(static_cast<uint16_t>(each.graph().terms().size()));
        body.number(static_cast<uint16_t>(each.entries().size()));
        for (const Term& term : each.graph().terms())
            write_term(each.graph(), term, body);
        for (const TemplateEntry& entry : each.entries())
            write_entry(entry, body);
    });
    Writer out;
    out.bytes(kMagic);
    out.number(kVersion);
    out.number(crc32c(body.out));
    out.bytes(body.out);
    return std::move(out.out);
}

Result<void> decode_templates(BytesView bytes, TemplateStore& store) {
    if (bytes.size() > kTemplateBytesMax)
        return Error{ErrorCode::Corrupt, "templates: more bytes than may be"};
    if (bytes.size() < kHeaderBytes || !equal(bytes.first(kMagic.size()), kMagic))
        return Error{ErrorCode::Corrupt, "templates: no file of templates"};
    Reader header(bytes.subspan(kMagic.size(), 8));
    if (header.number<uint32_t>() != kVersion)
        return Error{ErrorCode::Corrupt, "templates: of another version"};
    const BytesView body = bytes.subspan(kHeaderBytes);
    if (header.number<uint32_t>() != crc32c(body))
        return Error{ErrorCode::Corrupt, "templates: the checksum does not fit"};
    Reader in(body);
    const auto proxies = in.number<uint32_t>();
    const auto templates = in.number<uint32_t>();
    std::vector<std::pair<Bytes32, Uint256>> read_proxies;
    for (uint32_t i = 0; i < proxies && !in.failed; ++i) {
        const Bytes32 code_hash = in.hash();
        read_proxies.emplace_back(code_hash, to_uint256(in.hash()));
    }
    std::vector<NamedTemplate> read;
    for (uint32_t i = 0; i < templates && !in.failed; ++i) {
        auto each = read_template(in);
        if (!each) return Error{ErrorCode::Corrupt, "templates: " + each.error().message};
        read.push_back(std::move(*each));
    }
    if (in.failed || !in.at_end())
        return Error{ErrorCode::Corrupt, "templates: not as long as they say"};
    for (const auto& [code_hash, slot] : read_proxies)
        store.note_proxy(code_hash, slot);
    for (auto& [key, each] : read)
        store.learn_into(key, [&](Template& entry) { entry = std::move(each); });
    return {};
}

}  // namespace switchyard::plan
