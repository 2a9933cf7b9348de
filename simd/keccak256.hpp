// SPDX-License-Identifier: Apache-2.0
// Keccak-256, the hash of Ethereum: one message at a time, and many at once in vector lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace switchyard::simd {

/// Bytes of a Keccak-256 digest.
inline constexpr size_t kKeccak256Size = 32;
/// Bytes that one permutation absorbs (rate 1088 bits, capacity 512 bits).
inline constexpr size_t kKeccak256Rate = 136;
/// 64-bit words of the Keccak-f[1600] state.
inline constexpr size_t kKeccakStateWords = 25;

/// Hashes one message with Keccak-256: Keccak[c=512] with the padding 0x01, as the Yellow Paper
/// uses it; not SHA3-256, whose padding differs.
///
/// What the EVM's KECCAK256 opcode calls: scalar code, or with AVX-512 one state in vector
/// registers, which is faster. Any length, any alignment; `message` and `digest`
/// may overlap. Thread-safe, no allocation. Source: the Keccak reference, version 3.0.
void keccak256(std::span<const uint8_t> message, std::span<uint8_t, kKeccak256Size> digest);

/// Hashes `messages.size()` messages; digest i is written to bytes [32*i, 32*i + 32) of `digests`.
///
/// Lengths may differ: a vector lane whose message ends takes the next one, so a long message does
/// not stall the short ones. Messages of one block that lead the batch go through without that
/// book-keeping. `digests` must hold at least 32 bytes for each message and must not
/// overlap any message. Thread-safe, no allocation.
void keccak256_batch(std::span<const std::span<const uint8_t>> messages,
                     std::span<uint8_t> digests);

/// The same for messages that lie one after another in one buffer: message i is bytes [ends[i - 1],
/// ends[i]) of `bytes`, from 0 for the first. For encodings written into one buffer, as the trie
/// does; no array of spans is needed. `ends` must ascend up to `bytes.size()`; an end that does not
/// gives the hash of other bytes of `bytes`, never an access outside.
void keccak256_batch(std::span<const uint8_t> bytes, std::span<const size_t> ends,
                     std::span<uint8_t> digests);

/// A message that carries its padding: `blocks` times `kKeccak256Rate` bytes, at least one block.
struct PaddedMessage {
    const uint8_t* bytes = nullptr;
    size_t blocks = 0;
    uint8_t* digest = nullptr;  ///< where its 32 bytes go
};

/// Puts the padding behind the `size` bytes at `message` and gives the blocks that they make.
/// Writes `kKeccak256Rate` bytes behind the message, whatever its length.
inline size_t keccak256_pad(uint8_t* message, size_t size) {
    const size_t blocks = size / kKeccak256Rate + 1;
    std::memset(message + size, 0, kKeccak256Rate);
    message[size] = 0x01;
    message[blocks * kKeccak256Rate - 1] |= 0x80;
    return blocks;
}

/// Hashes messages that are padded where they lie, so that nothing is copied on the way. They go
/// through in groups of `keccak256_vector_lanes()`, each as long as its longest message: for the
/// caller who brings messages of one length together and knows where each digest belongs. A digest
/// must not lie in a message of the call. Thread-safe, no allocation.
void keccak256_padded(std::span<const PaddedMessage> messages);

/// Applies Keccak-f[1600] to each of `words.size() / 25` states that lie one after another, word
/// (x, y) of a state at index x + 5*y, in the vectors of the active target. For tests and
/// benchmarks; `words.size()` must be a multiple of 25.
void keccak_f1600_batch(std::span<uint64_t> words);

/// Messages that the active target hashes side by side: 8 with AVX-512, 4 with AVX2, 2 with 128-bit
/// vectors, 1 without vectors.
[[nodiscard]] size_t keccak256_vector_lanes();

}  // namespace switchyard::simd
