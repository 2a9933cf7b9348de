// SPDX-License-Identifier: Apache-2.0
// Recovers the public keys or addresses that signed, many secp256k1 signatures at once.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace switchyard::simd {

/// One signature and the hash it signs. All integers are big-endian, as in a transaction.
struct RecoverInput {
    std::array<uint8_t, 32> message_hash;
    std::array<uint8_t, 32> r;
    std::array<uint8_t, 32> s;
    /// Bit 0: R's y is odd. Bit 1: R's x is r + n. Valid: 0 to 3.
    uint8_t recovery_id;
};

/// A public key: x, then y, each 32 bytes big-endian (the uncompressed encoding without its 0x04).
using PublicKey = std::array<uint8_t, 64>;

/// The last 20 bytes of the Keccak-256 hash of a public key.
using AddressBytes = std::array<uint8_t, 20>;

/// Why a signature gives a key or not. When several reasons hold, the first in this order is given.
enum class RecoverStatus : uint8_t {
    Ok,
    /// recovery_id is above 3.
    RecoveryIdOutOfRange,
    /// r is 0, or at least the group order n.
    ROutOfRange,
    /// s is 0, or at least n.
    SOutOfRange,
    /// No point has R's x: r + n is not below p, or x^3 + 7 is not a square.
    NoPoint,
    /// The recovered key is the point at infinity.
    PointAtInfinity,
};

/// A short name for logs: "ok", "r out of range", ...; static.
[[nodiscard]] std::string_view to_string(RecoverStatus status);

/// By which code a batch is recovered. The results are the same.
enum class RecoverForm : uint8_t {
    /// What is fastest on the active target for so many signatures: a whole vector costs the same
    /// however few of its lanes are used.
    Fastest,
    /// All in vectors, for tests and benchmarks.
    Vectors,
    /// One by one without vectors (recover_one), for tests and benchmarks.
    OneByOne,
};

/// Memory of recover_batch(), about 750 kB of which AVX-512 and AVX2 touch 540; in workspace.hpp.
/// May be uninitialized; nothing in it outlives a call.
struct RecoverWorkspace;

/// Recovers `inputs.size()` public keys: key i = r^-1 (s R - z G) of signature i (SEC 1, 4.1.6).
///
/// Accepts exactly what libsecp256k1's recoverable parse and recover accept: any s below n, high or
/// low (EIP-2's rule is the caller's), any message hash (reduced modulo n). `keys` and `statuses`
/// must each hold at least `inputs.size()` items. A key is all zero unless its status is Ok.
/// Thread-safe for different workspaces; no heap, and less than 48 kB of stack; signatures are
/// public, so the time may depend on them. Batches of 256 and more are fastest; a batch is cut into
/// pieces that fit into the L2 cache.
void recover_batch(std::span<const RecoverInput> inputs, std::span<PublicKey> keys,
                   std::span<RecoverStatus> statuses, RecoverWorkspace& workspace,
                   RecoverForm form = RecoverForm::Fastest);

/// The same, to addresses.
void recover_addresses(std::span<const RecoverInput> inputs, std::span<AddressBytes> addresses,
                       std::span<RecoverStatus> statuses, RecoverWorkspace& workspace,
                       RecoverForm form = RecoverForm::Fastest);

/// Whether the active target's vectors are ever faster than going one by one.
[[nodiscard]] bool vectors_pay();

/// Which form of field arithmetic the vectors of recovery use on the active target: "IFMA 5x52" or
/// "32-bit multiply 10x26". The string is static.
[[nodiscard]] std::string_view recover_arithmetic();

}  // namespace switchyard::simd
