// SPDX-License-Identifier: Apache-2.0
// JSON text in: a document that owns what was parsed, and elements that look into it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/core/result.hpp"

namespace switchyard::json {

enum class Type : uint8_t { Absent, Null, Boolean, Number, String, Array, Object };

class Element;

/// Members of an array, or the members of an object with their names, in the order of the text.
template <typename Item>
class Range {
  public:
    class Iterator {
      public:
        Iterator(const void* document, size_t index) : document_(document), index_(index) {}
        [[nodiscard]] Item operator*() const;
        Iterator& operator++();
        [[nodiscard]] bool operator==(const Iterator& other) const {
            return index_ == other.index_;
        }

      private:
        const void* document_;
        size_t index_;
    };

    Range(Iterator begin, Iterator end) : begin_(begin), end_(end) {}
    [[nodiscard]] Iterator begin() const { return begin_; }
    [[nodiscard]] Iterator end() const { return end_; }

  private:
    Iterator begin_;
    Iterator end_;
};

struct Member;

/// One value of a `Document`. A copyable pointer: valid until its document parses again or goes.
/// Every question may be asked of every element; one that does not fit has no answer, and an absent
/// element (of an absent member, behind the end of the parameters) has none to any.
class Element {
  public:
    Element() = default;

    [[nodiscard]] Type type() const;
    [[nodiscard]] bool is_absent() const { return document_ == nullptr; }
    /// JSON-RPC takes a trailing null for a parameter that was left out.
    [[nodiscard]] bool is_absent_or_null() const { return is_absent() || type() == Type::Null; }
    [[nodiscard]] bool is_object() const { return type() == Type::Object; }
    [[nodiscard]] bool is_array() const { return type() == Type::Array; }
    [[nodiscard]] bool is_string() const { return type() == Type::String; }

    [[nodiscard]] std::optional<bool> boolean() const;
    /// Unescaped UTF-8, owned by the document.
    [[nodiscard]] std::optional<std::string_view> string() const;
    /// A whole number from 0 to 2^64 - 1.
    [[nodiscard]] std::optional<uint64_t> uint64() const;
    [[nodiscard]] std::optional<int64_t> int64() const;
    /// Any number, rounded to a double.
    [[nodiscard]] std::optional<double> number() const;

    /// How many members an array or object has; 0 for all else.
    [[nodiscard]] size_t size() const;
    /// Empty for what is no array, no object.
    [[nodiscard]] Range<Element> elements() const;
    [[nodiscard]] Range<Member> members() const;
    /// The last member of this name, as most readers of JSON take it; absent if there is none.
    [[nodiscard]] Element find(std::string_view name) const;

    /// Appends it as JSON text without white space.
    void write(std::string& out) const;

  private:
    friend class Document;
    template <typename Item>
    friend class Range;
    Element(const void* document, size_t index) : document_(document), index_(index) {}

    // What simdjson's tape reference holds; its headers stay in document.cpp.
    const void* document_ = nullptr;
    size_t index_ = 0;
};

struct Member {
    std::string_view name;
    Element value;
};

template <>
Element Range<Element>::Iterator::operator*() const;
template <>
Range<Element>::Iterator& Range<Element>::Iterator::operator++();
template <>
Member Range<Member>::Iterator::operator*() const;
template <>
Range<Member>::Iterator& Range<Member>::Iterator::operator++();

struct ParseLimits {
    size_t bytes_max = 5 * 1024 * 1024;
    uint32_t depth_max = 128;  ///< arrays and objects inside one another
    /// Whole numbers beyond 64 bits, which are else refused, become strings of their digits: for
    /// genesis files.
    bool big_numbers_as_strings = false;
};

/// Parses JSON (RFC 8259, UTF-8 checked) with simdjson and keeps it. Memory grows with the largest
/// text so far, about three times its length, and is used again; `shrink` gives it back. One thread
/// at a time parses; reading elements is safe from many.
class Document {
  public:
    Document();
    ~Document();
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;

    /// The root. `text` is not referenced after return. `InvalidInput` when it is not JSON,
    /// `LimitExceeded` when it is too long or too deep.
    [[nodiscard]] Result<Element> parse(std::string_view text, const ParseLimits& limits = {});
    /// The same without a copy of the text, which may be given more capacity.
    [[nodiscard]] Result<Element> parse_in_place(std::string& text, const ParseLimits& limits = {});

    /// Gives memory back if it holds more than for a text of `bytes`.
    void shrink(size_t bytes);

  private:
    struct Parser;
    [[nodiscard]] Result<Element> parse_padded(const char* text, size_t size,
                                               const ParseLimits& limits);
    std::unique_ptr<Parser> parser_;
};

}  // namespace switchyard::json
