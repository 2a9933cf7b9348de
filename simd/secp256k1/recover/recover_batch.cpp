// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/recover/recover_batch.hpp"

#include <algorithm>
#include <cstddef>

#include "simd/secp256k1/recover/workspace.hpp"
#include "simd/secp256k1/ref.hpp"
#include "simd/secp256k1/scalar.hpp"

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

namespace {

/// Checks signature i and writes its integers into the chunk; what fails is replaced by a
/// signature that is harmless, so that the vector lanes beside it can go on.
RecoverStatus read_signature(const RecoverInput& input, size_t i, RecoverWorkspace& chunk) {
    const U256& n = ref::kGroupOrder.value;
    const U256 one{1, 0, 0, 0};
    U256 r = ref::load_big_endian(input.r.data());
    U256 s = ref::load_big_endian(input.s.data());
    U256 x = r;
    RecoverStatus status = RecoverStatus::Ok;
    if (input.recovery_id > 3) {
        status = RecoverStatus::RecoveryIdOutOfRange;
    } else if (ref::is_zero(r) || !ref::less(r, n)) {
        status = RecoverStatus::ROutOfRange;
    } else if (ref::is_zero(s) || !ref::less(s, n)) {
        status = RecoverStatus::SOutOfRange;
    } else if ((input.recovery_id & 2) != 0) {
        // r < p - n, so that r + n is below p and needs no reduction.
        if (ref::less(r, ref::sub_mod(ref::kFieldOrder.value, n, ref::kFieldOrder)))
            x = ref::add_mod(r, n, ref::kFieldOrder);
        else
            status = RecoverStatus::NoPoint;
    }
    if (status != RecoverStatus::Ok) {
        r = s = one;
        x = ref::generator().x;
    }
    chunk.z[i] = ref::load_big_endian(input.message_hash.data());
    chunk.r[i] = r;
    chunk.s[i] = s;
    to_field_words(x, &chunk.input.x[0][i], kChunkSignatures);
    chunk.input.odd[i] = input.recovery_id & 1;
    return status;
}

/// Cuts the scalars of signature i into the digits that the kernel looks up.
void write_digits(size_t i, RecoverWorkspace& chunk) {
    const U256& u1 = chunk.scalars[i].u1;
    SignedHalf first{};
    SignedHalf second{};
    split_scalar(chunk.scalars[i].u2, first, second);
    auto& point = chunk.input.point_digits;
    auto& generator = chunk.input.generator_digits;
    constexpr size_t kStride = kChunkSignatures;
    recode_windows<kPointWindow, kPointWindows>(first, &point[0][0][i], kStride);
    recode_windows<kPointWindow, kPointWindows>(second, &point[1][0][i], kStride);
    const SignedHalf low{u1[0], u1[1], false};
    const SignedHalf high{u1[2], u1[3], false};
    recode_windows<kGeneratorWindow, kGeneratorWindows>(low, &generator[0][0][i], kStride);
    recode_windows<kGeneratorWindow, kGeneratorWindows>(high, &generator[1][0][i], kStride);
}

}  // namespace

void recover_chunk(std::span<const RecoverInput> inputs, std::span<PublicKey> keys,
                   std::span<RecoverStatus> statuses, RecoverWorkspace& chunk) {
    const size_t count = inputs.size();
    // Whole vectors of the widest target: the places after the last signature repeat it.
    const size_t filled = (count + 7) / 8 * 8;
    for (size_t i = 0; i < filled; ++i) {
        const RecoverStatus status = read_signature(inputs[std::min(i, count - 1)], i, chunk);
        if (i < count) statuses[i] = status;
    }
    recovery_scalars(std::span(chunk.z).first(filled), std::span(chunk.r).first(filled),
                     std::span(chunk.s).first(filled), chunk.scalars);
    for (size_t i = 0; i < filled; ++i)
        write_digits(i, chunk);
    chunk.input.count = count;
    recover_points(chunk.input, chunk.output, chunk.kernel);

    const KernelOutput& output = chunk.output;
    for (size_t i = 0; i < count; ++i) {
        if (statuses[i] == RecoverStatus::Ok && output.no_point[i] != 0)
            statuses[i] = RecoverStatus::NoPoint;
        if (statuses[i] == RecoverStatus::Ok && output.infinite[i] != 0)
            statuses[i] = RecoverStatus::PointAtInfinity;
        if (statuses[i] != RecoverStatus::Ok) {
            keys[i].fill(0);
            continue;
        }
        ref::store_big_endian(from_field_words(&output.x[0][i], kChunkSignatures), keys[i].data());
        ref::store_big_endian(from_field_words(&output.y[0][i], kChunkSignatures),
                              keys[i].data() + 32);
    }
}

std::string_view recover_arithmetic() {
    return kernel_arithmetic();
}

}  // namespace switchyard::simd
