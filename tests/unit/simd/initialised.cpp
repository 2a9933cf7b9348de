// SPDX-License-Identifier: Apache-2.0
// Recovery under MemorySanitizer: no branch, address or result depends on memory that nobody wrote.
// Without GoogleTest, strings and streams, because no library here is instrumented.
//
// Prints one line; exit code 1 if a key differs from the plain reference's. What is not initialised
// ends the process.
#include <sanitizer/msan_interface.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/keccak256.hpp"
#include "simd/secp256k1/recover/workspace.hpp"
#include "simd/secp256k1/ref.hpp"

namespace switchyard::simd {
namespace {

constexpr size_t kMaxSignatures = 140;

/// xorshift64* (Vigna 2016), which needs no library.
uint64_t next_random() {
    static uint64_t state = 20260707;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1d;
}

void fill(std::array<uint8_t, 32>& bytes) {
    for (uint8_t& byte : bytes)
        byte = static_cast<uint8_t>(next_random() >> 56);
}

/// Half of them have no point; one in four is refused, has a key at infinity, or meets equal
/// points.
RecoverInput make_signature() {
    RecoverInput input;
    fill(input.message_hash);
    fill(input.r);
    fill(input.s);
    input.recovery_id = static_cast<uint8_t>(next_random() >> 63);
    switch (next_random() % 20) {
        case 0:
            input.r.fill(0);
            break;
        case 1:
            input.s.fill(0xff);
            break;
        case 2:
            input.recovery_id = static_cast<uint8_t>(next_random());
            break;
        case 3:
            input.message_hash.fill(0);
            break;
        case 4:
            // R = G: s G = z G gives infinity, s = -z equal points in the last addition.
            ref::store_big_endian(ref::generator().x, input.r.data());
            input.s = input.message_hash;
            break;
        default:
            break;
    }
    return input;
}

/// A heap buffer of exactly `count` items, which MSan holds for not initialised.
template <typename T>
struct Buffer {
    T* data;
    size_t count;
    explicit Buffer(size_t count_) : data(allocate(count_)), count(count_) {
        __msan_poison(data, sizeof(T) * count);
    }
    static T* allocate(size_t count) {
        void* memory = nullptr;
        const size_t alignment = alignof(T) > sizeof(void*) ? alignof(T) : sizeof(void*);
        if (posix_memalign(&memory, alignment, sizeof(T) * count) != 0) std::abort();
        return static_cast<T*>(memory);
    }
    ~Buffer() { std::free(data); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    [[nodiscard]] std::span<T> span() const { return {data, count}; }
    void check() const { __msan_check_mem_is_initialized(data, sizeof(T) * count); }
};

bool check_batch(std::span<const RecoverInput> inputs, const PublicKey* keys,
                 const RecoverStatus* statuses, RecoverForm form) {
    const Buffer<RecoverInput> in(inputs.size());
    std::memcpy(in.data, inputs.data(), inputs.size_bytes());
    const Buffer<PublicKey> out(inputs.size());
    const Buffer<RecoverStatus> reasons(inputs.size());
    const Buffer<AddressBytes> addresses(inputs.size());
    const Buffer<RecoverWorkspace> workspace(1);
    recover_batch(in.span(), out.span(), reasons.span(), *workspace.data, form);
    out.check();
    reasons.check();
    recover_addresses(in.span(), addresses.span(), reasons.span(), *workspace.data, form);
    addresses.check();
    reasons.check();
    return std::memcmp(out.data, keys, inputs.size() * sizeof(PublicKey)) == 0 &&
           std::memcmp(reasons.data, statuses, inputs.size() * sizeof(RecoverStatus)) == 0;
}

/// Lengths around the blocks of Keccak, all in one batch.
void hash_batch() {
    constexpr size_t kMessages = 17;
    std::array<std::span<const uint8_t>, kMessages> messages;
    const Buffer<uint8_t> text(kMessages * 40);
    for (uint8_t& byte : text.span())
        byte = static_cast<uint8_t>(next_random());
    for (size_t i = 0; i < kMessages; ++i)
        messages[i] = text.span().first(i * 40);
    const Buffer<uint8_t> digests(kMessages * kKeccak256Size);
    keccak256_batch(messages, digests.span());
    digests.check();
}

bool check_single(std::span<const RecoverInput> inputs, const PublicKey* keys) {
    for (size_t i = 0; i < inputs.size(); ++i) {
        const Buffer<PublicKey> key(1);
        const RecoverStatus status = recover_one_portable(inputs[i], *key.data);
        __msan_check_mem_is_initialized(&status, sizeof(status));
        key.check();
        if (*key.data != keys[i]) return false;
    }
    return true;
}

int run() {
    static RecoverInput inputs[kMaxSignatures];
    static PublicKey keys[kMaxSignatures];
    static RecoverStatus statuses[kMaxSignatures];
    for (size_t i = 0; i < kMaxSignatures; ++i) {
        inputs[i] = make_signature();
        statuses[i] = ref::recover(inputs[i], keys[i]);
    }
    if (!check_single(inputs, keys)) return 1;
    unsigned targets = 0;
    for (const char* target : {"AVX3_ZEN4", "AVX3_DL", "AVX3", "AVX2", "SSE4", "SSSE3", "SSE2",
                               "NEON", "EMU128", "SCALAR"}) {
        if (!force_target(target)) continue;
        ++targets;
        hash_batch();
        for (const size_t count : {size_t{1}, size_t{5}, size_t{17}, kMaxSignatures})
            for (const RecoverForm form : {RecoverForm::Vectors, RecoverForm::Fastest})
                if (!check_batch(std::span(inputs).first(count), keys, statuses, form)) {
                    std::printf("simd_initialised: %zu signatures on %s differ\n", count, target);
                    return 1;
                }
    }
    std::printf("simd_initialised: %zu signatures, %u targets, all initialised\n", kMaxSignatures,
                targets);
    return targets == 0 ? 1 : 0;
}

}  // namespace
}  // namespace switchyard::simd

int main() {
    return switchyard::simd::run();
}
