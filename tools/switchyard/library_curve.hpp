// SPDX-License-Identifier: Apache-2.0
// Curves y^2 = x^3 + b over prime fields by OpenSSL's general functions: an answer and a baseline
// that share nothing with our curve layer.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <memory>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

/// One curve with the generator of its subgroup of prime order. Points and numbers are big-endian
/// bytes; a point is x, then y, each as long as `field_bytes`; empty is the point at infinity, and
/// also the answer when OpenSSL fails. Not thread-safe.
class LibraryCurve {
  public:
    struct Parameters {
        const char* prime;  ///< hexadecimal, as are all
        const char* b;
        const char* order;
        const char* x;
        const char* y;
        size_t field_bytes;
    };

    [[nodiscard]] static Result<LibraryCurve> open(const Parameters& parameters);

    /// scalar times the generator.
    [[nodiscard]] Bytes multiply_generator(BytesView scalar) const;
    [[nodiscard]] Bytes multiply(BytesView point, BytesView scalar) const;
    [[nodiscard]] Bytes add(BytesView a, BytesView b) const;
    /// a b + c modulo the order, and -a, in 32 bytes.
    [[nodiscard]] Bytes multiply_add_scalars(BytesView a, BytesView b, BytesView c) const;
    [[nodiscard]] Bytes negate_scalar(BytesView a) const;

  private:
    struct FreeGroup {
        void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    };
    struct FreeContext {
        void operator()(BN_CTX* context) const { BN_CTX_free(context); }
    };

    LibraryCurve() = default;
    [[nodiscard]] Bytes to_bytes(const EC_POINT* point) const;
    [[nodiscard]] bool load(BytesView bytes, EC_POINT* point) const;

    std::unique_ptr<EC_GROUP, FreeGroup> group_;
    std::unique_ptr<BN_CTX, FreeContext> context_;
    size_t field_bytes_ = 0;
};

}  // namespace switchyard::tool
