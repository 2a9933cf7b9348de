// SPDX-License-Identifier: Apache-2.0
// The erasure code against arithmetic in GF(2^8) written out bit by bit.
#include "host/state/snapshot/erasure_code.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

/// Product of polynomials over GF(2) modulo x^8+x^4+x^3+x^2+1.
uint8_t multiply(uint8_t a, uint8_t b) {
    uint32_t product = 0;
    for (int bit = 0; bit < 8; ++bit)
        if ((b >> bit & 1) != 0) product ^= uint32_t{a} << bit;
    for (int bit = 15; bit >= 8; --bit)
        if ((product >> bit & 1) != 0) product ^= 0x11dU << (bit - 8);
    return static_cast<uint8_t>(product);
}

uint8_t inverse(uint8_t a) {
    for (uint32_t b = 1; b < 256; ++b)
        if (multiply(a, static_cast<uint8_t>(b)) == 1) return static_cast<uint8_t>(b);
    ADD_FAILURE() << "no inverse of " << int{a};
    return 0;
}

struct Chunks {
    Chunks(uint32_t count, size_t size) : bytes(count, Bytes(size)) {
        for (Bytes& chunk : bytes)
            pointers.push_back(chunk.data());
    }
    std::vector<Bytes> bytes;
    std::vector<uint8_t*> pointers;
};

Chunks encoded(const snapshot::ErasureCode& code, uint32_t k, uint32_t m, size_t size,
               uint64_t salt) {
    auto random = test::test_generator(salt);
    Chunks out(k + m, size);
    for (uint32_t i = 0; i < k; ++i)
        for (uint8_t& byte : out.bytes[i])
            byte = static_cast<uint8_t>(random());
    code.encode(out.pointers, size);
    return out;
}

TEST(ErasureCode, ParityIsTheCauchyMatrixOfTheFormat) {
    for (const auto& [k, m] : {std::pair{8U, 2U}, {1U, 1U}, {5U, 3U}, {64U, 32U}}) {
        constexpr size_t kSize = 64;
        const snapshot::ErasureCode code(k, m);
        const Chunks chunks = encoded(code, k, m, kSize, 200 + k);
        for (uint32_t p = 0; p < m; ++p) {
            Bytes expected(kSize);
            for (uint32_t j = 0; j < k; ++j) {
                const uint8_t c = inverse(static_cast<uint8_t>((k + p) ^ j));
                for (size_t b = 0; b < kSize; ++b)
                    expected[b] ^= multiply(c, chunks.bytes[j][b]);
            }
            ASSERT_EQ(chunks.bytes[k + p], expected) << k << "+" << m << ", parity " << p;
        }
    }
}

TEST(ErasureCode, AnyLossUpToParityIsMended) {
    for (const auto& [k, m] : {std::pair{8U, 2U}, {1U, 1U}, {4U, 4U}}) {
        const snapshot::ErasureCode code(k, m);
        const Chunks whole = encoded(code, k, m, 192, 210 + k);
        for (uint32_t lost = 0; lost < 1U << (k + m); ++lost) {
            Chunks chunks = whole;
            std::vector<uint8_t> present;
            for (uint32_t i = 0; i < k + m; ++i) {
                chunks.pointers[i] = chunks.bytes[i].data();
                present.push_back((lost >> i & 1) == 0 ? 1 : 0);
                if (present[i] == 0) chunks.bytes[i].assign(192, 0xee);
            }
            const auto done = code.recover(chunks.pointers, present, 192);
            const bool possible = std::popcount(lost) <= static_cast<int>(m);
            ASSERT_EQ(done.has_value(), possible) << lost;
            if (possible) {
                ASSERT_EQ(chunks.bytes, whole.bytes) << lost;
            } else {
                ASSERT_EQ(done.error().code, ErrorCode::Corrupt);
            }
        }
    }
}

TEST(ErasureCode, MendsTheLargestGeometry) {
    const snapshot::ErasureCode code(64, 32);
    const Chunks whole = encoded(code, 64, 32, 128, 220);
    auto random = test::test_generator(221);
    for (int round = 0; round < 50; ++round) {
        Chunks chunks = whole;
        std::vector<uint8_t> present(96, 1);
        for (uint32_t lost = 0; lost < 32; ++lost) {
            const uint64_t i = random() % 96;
            present[i] = 0;
            chunks.bytes[i].assign(128, 0xee);
        }
        for (uint32_t i = 0; i < 96; ++i)
            chunks.pointers[i] = chunks.bytes[i].data();
        ASSERT_TRUE(code.recover(chunks.pointers, present, 128));
        ASSERT_EQ(chunks.bytes, whole.bytes);
    }
}

}  // namespace
}  // namespace switchyard
