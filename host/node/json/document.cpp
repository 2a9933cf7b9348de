// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace switchyard::json {
namespace {

namespace dom = simdjson::dom;

/// The two words of an element of ours, as simdjson lays out its own.
struct Reference {
    const void* document;
    size_t index;
};
static_assert(sizeof(dom::element) == sizeof(Reference));
static_assert(sizeof(dom::array::iterator) == sizeof(Reference));
static_assert(sizeof(dom::object::iterator) == sizeof(Reference));
static_assert(std::is_trivially_copyable_v<dom::element>);

template <typename To>
To native(const void* document, size_t index) {
    const Reference reference{document, index};
    To out;
    std::memcpy(static_cast<void*>(&out), &reference, sizeof(reference));
    return out;
}

template <typename From>
Reference reference(const From& from) {
    Reference out{};
    std::memcpy(&out, static_cast<const void*>(&from), sizeof(out));
    return out;
}

template <typename T, typename R>
std::optional<T> value_of(const simdjson::simdjson_result<R>& result) {
    R value;
    if (simdjson::simdjson_result<R>(result).get(value) != simdjson::SUCCESS) return std::nullopt;
    return T(value);
}

/// Puts quotes around whole numbers of more than 18 digits that are not inside strings.
std::string quote_big_numbers(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 64);
    bool in_string = false;
    for (size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (in_string) {
            const size_t taken = c == '\\' && i + 1 < text.size() ? 2 : 1;
            in_string = c != '"';
            out += text.substr(i, taken);
            i += taken;
            continue;
        }
        in_string = c == '"';
        const size_t end = std::min(text.find_first_not_of("+-.0123456789eE", i), text.size());
        if (end == i) {
            out += c;
            ++i;
            continue;
        }
        const std::string_view number = text.substr(i, end - i);
        const bool big =
            number.size() > 18 && number.find_first_not_of("0123456789") == std::string_view::npos;
        if (big) out += '"';
        out += number;
        if (big) out += '"';
        i = end;
    }
    return out;
}

}  // namespace

struct Document::Parser {
    dom::parser parser;
    std::string padded;
};

Document::Document() : parser_(std::make_unique<Parser>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<Element> Document::parse(std::string_view text, const ParseLimits& limits) {
    if (text.size() > limits.bytes_max)
        return Error{ErrorCode::LimitExceeded,
                     "JSON text of more than " + std::to_string(limits.bytes_max) + " bytes"};
    parser_->padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    parser_->padded.assign(text);
    return parse_padded(parser_->padded.data(), text.size(), limits);
}

Result<Element> Document::parse_in_place(std::string& text, const ParseLimits& limits) {
    if (text.size() > limits.bytes_max)
        return Error{ErrorCode::LimitExceeded,
                     "JSON text of more than " + std::to_string(limits.bytes_max) + " bytes"};
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    return parse_padded(text.data(), text.size(), limits);
}

Result<Element> Document::parse_padded(const char* text, size_t size, const ParseLimits& limits) {
    if (size == 0) return Error{ErrorCode::InvalidInput, "no JSON text"};
    dom::parser& parser = parser_->parser;
    // simdjson sets depth together with capacity.
    if (parser.max_depth() != limits.depth_max || parser.capacity() < size) {
        if (parser.allocate(std::max(size, parser.capacity()), limits.depth_max) !=
            simdjson::SUCCESS)
            return Error{ErrorCode::LimitExceeded, "no memory to parse JSON"};
    }
    dom::element root;
    const simdjson::error_code error = parser.parse(text, size, false).get(root);
    if (error == simdjson::SUCCESS) {
        const Reference found = reference(root);
        return Element(found.document, found.index);
    }
    if (error == simdjson::NUMBER_ERROR && limits.big_numbers_as_strings) {
        ParseLimits strict = limits;
        strict.big_numbers_as_strings = false;
        strict.bytes_max = SIZE_MAX;
        const std::string quoted = quote_big_numbers({text, size});
        return parse(quoted, strict);
    }
    const bool too_deep = error == simdjson::DEPTH_ERROR;
    const bool too_large = error == simdjson::CAPACITY || error == simdjson::MEMALLOC;
    if (too_deep || too_large)
        return Error{
            ErrorCode::LimitExceeded,
            too_deep ? "JSON deeper than " + std::to_string(limits.depth_max) : "JSON too large"};
    return Error{ErrorCode::InvalidInput, simdjson::error_message(error)};
}

void Document::shrink(size_t bytes) {
    if (parser_->parser.capacity() > bytes || parser_->padded.capacity() > 2 * bytes)
        parser_ = std::make_unique<Parser>();
}

Type Element::type() const {
    if (is_absent()) return Type::Absent;
    switch (native<dom::element>(document_, index_).type()) {
        case dom::element_type::ARRAY:
            return Type::Array;
        case dom::element_type::OBJECT:
            return Type::Object;
        case dom::element_type::INT64:
        case dom::element_type::UINT64:
        case dom::element_type::DOUBLE:
            return Type::Number;
        case dom::element_type::STRING:
            return Type::String;
        case dom::element_type::BOOL:
            return Type::Boolean;
        case dom::element_type::NULL_VALUE:
            return Type::Null;
    }
    return Type::Absent;
}

std::optional<bool> Element::boolean() const {
    if (is_absent()) return std::nullopt;
    return value_of<bool>(native<dom::element>(document_, index_).get_bool());
}
std::optional<std::string_view> Element::string() const {
    if (is_absent()) return std::nullopt;
    return value_of<std::string_view>(native<dom::element>(document_, index_).get_string());
}
std::optional<uint64_t> Element::uint64() const {
    if (is_absent()) return std::nullopt;
    return value_of<uint64_t>(native<dom::element>(document_, index_).get_uint64());
}
std::optional<int64_t> Element::int64() const {
    if (is_absent()) return std::nullopt;
    return value_of<int64_t>(native<dom::element>(document_, index_).get_int64());
}
std::optional<double> Element::number() const {
    if (is_absent()) return std::nullopt;
    return value_of<double>(native<dom::element>(document_, index_).get_double());
}

size_t Element::size() const {
    size_t count = 0;
    // The tape's own count saturates.
    for (const Element& element : elements()) {
        static_cast<void>(element);
        ++count;
    }
    if (count != 0 || !is_object()) return count;
    for (const Member& member : members()) {
        static_cast<void>(member);
        ++count;
    }
    return count;
}

Range<Element> Element::elements() const {
    if (!is_array()) return {{nullptr, 0}, {nullptr, 0}};
    dom::array array;
    if (native<dom::element>(document_, index_).get_array().get(array) != simdjson::SUCCESS)
        return {{nullptr, 0}, {nullptr, 0}};
    const Reference begin = reference(array.begin());
    const Reference end = reference(array.end());
    return {{begin.document, begin.index}, {end.document, end.index}};
}

Range<Member> Element::members() const {
    if (!is_object()) return {{nullptr, 0}, {nullptr, 0}};
    dom::object object;
    if (native<dom::element>(document_, index_).get_object().get(object) != simdjson::SUCCESS)
        return {{nullptr, 0}, {nullptr, 0}};
    const Reference begin = reference(object.begin());
    const Reference end = reference(object.end());
    return {{begin.document, begin.index}, {end.document, end.index}};
}

Element Element::find(std::string_view name) const {
    Element found;
    for (const Member& member : members())
        if (member.name == name) found = member.value;
    return found;
}

void Element::write(std::string& out) const {
    if (is_absent()) return;
    out += simdjson::minify(native<dom::element>(document_, index_));
}

template <>
Element Range<Element>::Iterator::operator*() const {
    return {document_, index_};
}
template <>
Range<Element>::Iterator& Range<Element>::Iterator::operator++() {
    auto iterator = native<dom::array::iterator>(document_, index_);
    ++iterator;
    index_ = reference(iterator).index;
    return *this;
}
template <>
Member Range<Member>::Iterator::operator*() const {
    const auto iterator = native<dom::object::iterator>(document_, index_);
    const Reference value = reference(iterator.value());
    return {iterator.key(), Element(value.document, value.index)};
}
template <>
Range<Member>::Iterator& Range<Member>::Iterator::operator++() {
    auto iterator = native<dom::object::iterator>(document_, index_);
    ++iterator;
    index_ = reference(iterator).index;
    return *this;
}

}  // namespace switchyard::json
