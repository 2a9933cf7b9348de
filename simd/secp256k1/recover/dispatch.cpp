// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/recover/dispatch.hpp"

#include <algorithm>
#include <array>

#include "simd/curve/adx.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/keccak256.hpp"
#include "simd/secp256k1/recover/kernel.hpp"
#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::simd {
namespace {

size_t share_of(RecoverForm form, size_t count) {
    switch (form) {
        case RecoverForm::Vectors:
            return count;
        case RecoverForm::OneByOne:
            return 0;
        case RecoverForm::Fastest:
            break;
    }
    return vector_share(count, kernel_cost(), cost_of_one());
}

}  // namespace

size_t cost_of_one() {
#if defined(__x86_64__)
    return curve::kHasAdx ? 100 : 150;
#else
    return 150;
#endif
}

bool vectors_pay() {
    return kernel_cost().lanes != 0;
}

void recover_batch(std::span<const RecoverInput> inputs, std::span<PublicKey> keys,
                   std::span<RecoverStatus> statuses, RecoverWorkspace& workspace,
                   RecoverForm form) {
    for (size_t begin = 0; begin < inputs.size(); begin += kChunkSignatures) {
        const size_t end = std::min(begin + kChunkSignatures, inputs.size());
        const size_t vectors = share_of(form, end - begin);
        if (vectors != 0)
            recover_chunk(inputs.subspan(begin, vectors), keys.subspan(begin, vectors),
                          statuses.subspan(begin, vectors), workspace);
        for (size_t i = begin + vectors; i < end; ++i)
            statuses[i] = recover_one(inputs[i], keys[i]);
    }
}

void recover_addresses(std::span<const RecoverInput> inputs, std::span<AddressBytes> addresses,
                       std::span<RecoverStatus> statuses, RecoverWorkspace& workspace,
                       RecoverForm form) {
    constexpr size_t kPiece = kChunkSignatures;
    std::array<PublicKey, kPiece> keys;
    std::array<std::span<const uint8_t>, kPiece> messages;
    std::array<uint8_t, kKeccak256Size * kPiece> digests;
    for (size_t begin = 0; begin < inputs.size(); begin += kPiece) {
        const size_t count = std::min(kPiece, inputs.size() - begin);
        recover_batch(inputs.subspan(begin, count), keys, statuses.subspan(begin, count), workspace,
                      form);
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

}  // namespace switchyard::simd
