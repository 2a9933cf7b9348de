// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1_recover.hpp"

#include <algorithm>
#include <cstddef>

#include "simd/keccak256.hpp"
#include "simd/secp256k1_ref.hpp"

namespace switchyard::simd {

std::string_view to_string(RecoverStatus status) {
    switch (status) {
        case RecoverStatus::Ok:
            return "ok";
        case RecoverStatus::RecoveryIdOutOfRange:
            return "recovery id out of range";
        case RecoverStatus::ROutOfRange:
            return "r out of range";
        case RecoverStatus::SOutOfRange:
            return "s out of range";
        case RecoverStatus::NoPoint:
            return "no point has this x";
        case RecoverStatus::PointAtInfinity:
            return "key is the point at infinity";
    }
    return "unknown";
}

void recover_batch(std::span<const RecoverInput> inputs, std::span<PublicKey> keys,
                   std::span<RecoverStatus> statuses) {
    for (size_t i = 0; i < inputs.size(); ++i)
        statuses[i] = ref::recover(inputs[i], keys[i]);
}

void recover_addresses(std::span<const RecoverInput> inputs, std::span<AddressBytes> addresses,
                       std::span<RecoverStatus> statuses) {
    constexpr size_t kPiece = 64;
    std::array<PublicKey, kPiece> keys;
    std::array<std::span<const uint8_t>, kPiece> messages;
    std::array<uint8_t, kKeccak256Size * kPiece> digests;
    for (size_t begin = 0; begin < inputs.size(); begin += kPiece) {
        const size_t count = std::min(kPiece, inputs.size() - begin);
        recover_batch(inputs.subspan(begin, count), keys, statuses.subspan(begin, count));
        for (size_t i = 0; i < count; ++i)
            messages[i] = keys[i];
        keccak256_batch(std::span(messages).first(count), digests);
        for (size_t i = 0; i < count; ++i) {
            AddressBytes& address = addresses[begin + i];
            if (statuses[begin + i] == RecoverStatus::Ok)
                std::copy_n(digests.data() + kKeccak256Size * i + 12, 20, address.data());
            else
                address.fill(0);
        }
    }
}

std::string_view recover_arithmetic() {
    return "scalar";
}

}  // namespace switchyard::simd
