// SPDX-License-Identifier: Apache-2.0
// Errors as values, shaped like std::expected so that C++23 can replace it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "host/core/assert.hpp"

namespace switchyard {

/// What kind of thing went wrong: a caller branches on this, a person reads `Error::message`.
enum class ErrorCode {
    InvalidInput,   ///< malformed bytes, JSON, configuration or arguments
    NotFound,       ///< a file, a table, a block, a key that must exist
    Unavailable,    ///< a device, a port or a library that is absent on this machine
    Unsupported,    ///< understood, but this build cannot do it; never answered with a wrong result
    LimitExceeded,  ///< a stated bound would be passed
    Io,             ///< the operating system said no
    Corrupt,        ///< stored data fails its own checks
    Timeout,        ///< a deadline passed
    Mismatch,       ///< two results that must be equal are not
    Internal,       ///< a library broke its contract
};

[[nodiscard]] std::string_view to_string(ErrorCode code);

struct [[nodiscard]] Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;  ///< one line, says what was wrong, where, and what to do if that is known
};

/// A value or an `Error`. Accessing the absent one is a bug of ours and asserts.
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & { return *checked(); }
    [[nodiscard]] const T& value() const& { return *const_cast<Result*>(this)->checked(); }
    [[nodiscard]] T&& value() && { return std::move(*checked()); }
    [[nodiscard]] T& operator*() & { return *checked(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*checked()); }
    [[nodiscard]] T* operator->() { return checked(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const {
        SWITCHYARD_ASSERT(!has_value());
        return *std::get_if<1>(&content_);
    }

  private:
    T* checked() {
        SWITCHYARD_ASSERT(has_value());
        return std::get_if<0>(&content_);
    }
    std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    [[nodiscard]] bool has_value() const { return !failed_; }
    explicit operator bool() const { return !failed_; }
    [[nodiscard]] const Error& error() const {
        SWITCHYARD_ASSERT(failed_);
        return error_;
    }

  private:
    Error error_{};
    bool failed_ = false;
};

}  // namespace switchyard
