// SPDX-License-Identifier: Apache-2.0
// Checks many secp256k1 signatures against public keys that are known already, all at once, and
// recovers plainly whatever does not pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::simd {

/// Signatures that one equation covers; larger batches are cut into pieces.
inline constexpr size_t kVerifyPiece = 1'024;

/// 128 random bits for one signature of one batch.
using Coefficient = std::array<uint8_t, 16>;

/// No key is claimed for a signature.
inline constexpr uint32_t kNoClaim = UINT32_MAX;

/// A batch. Item i of `claims`, `sources`, `coefficients` and `groups` belongs to signature i;
/// where one of these is shorter than `signatures`, the rest counts as without claim, of source 0,
/// without coefficient, which is to be recovered plainly, and of group 0.
struct VerifyBatch {
    std::span<const RecoverInput> signatures;
    /// Keys that signatures may claim. Any bytes are allowed; what is no point proves nothing.
    /// Signatures with the same claim cost less.
    std::span<const PublicKey> keys;
    /// The key that is expected: an index into `keys`. Any other value counts as kNoClaim.
    std::span<const uint32_t> claims;
    /// Who made the claim, for example a peer: any numbers. See verify_known().
    std::span<const uint32_t> sources;
    /// Security requirement: drawn from the operating system's random generator for this batch,
    /// after everything else in it was fixed, known to nobody who could choose any of it, and not
    /// used for another batch. Who can predict them can make a wrong claim pass.
    std::span<const Coefficient> coefficients;
    /// Claims of different groups are never in one equation, so that wrong claims of one group cost
    /// the others nothing: for example sources that are trusted and those that are not yet. A group
    /// that is small in a piece gains little.
    std::span<const uint8_t> groups = {};
};

/// What became of a signature's claim.
enum class ClaimOutcome : uint8_t {
    None,   ///< no claim
    Right,  ///< the claimed key is the one that signed
    Wrong,  ///< it is not, or no key is
};

/// One item per signature: what recover_batch() gives, whatever was claimed, and the claim's
/// outcome. Each must hold as many items as the batch.
struct VerifyResult {
    std::span<PublicKey> keys;
    std::span<RecoverStatus> statuses;
    std::span<ClaimOutcome> claims;
};

/// What verify_known() did.
struct VerifyStatistics {
    size_t checks = 0;           ///< equations that were evaluated
    size_t items_checked = 0;    ///< signatures in them, counted each time
    size_t items_proven = 0;     ///< signatures whose claim an equation proved
    size_t items_recovered = 0;  ///< signatures that were recovered plainly
};

/// Memory of verify_known(), about 4.4 MB of which a batch touches about two; in
/// workspace.hpp. May be uninitialized; nothing in it outlives a call.
struct VerifyWorkspace;

/// Gives for every signature exactly what recover_batch() gives, for a fraction of the time where
/// claims are right.
///
/// The recovery id fixes R, so that recovery gives Q exactly if R = (z/s) G + (r/s) Q. A random
/// linear combination of these equations is checked for all claims together: "small exponents
/// test" of Bellare, Garay and Rabin (EUROCRYPT 1998), for ECDSA with known R by Antipa et al.
/// (PKC 2005). A wrong claim passes a check with probability 2^-128 at most.
///
/// When a group of a piece fails it is halved between sources, until those with wrong claims stand
/// alone, and only then within these, so that wrong claims of one source do not cost other sources'
/// items their proof. Rechecks cover no more signatures in total than the group has, and two more
/// for each that they prove, which its recovery would have cost; then what is left is recovered
/// plainly, as are items whose claim cannot be checked (no claim, no such key, not on the curve,
/// s = 0, ...) and groups that are too small to gain. So items_checked <= 2 * (signatures +
/// items_proven), and items_proven + items_recovered = signatures.
///
/// Thread-safe for different workspaces; no heap, and less than 48 kB of stack. The time depends on
/// the inputs.
///
/// `least_claims` is for tests and benchmarks: how many claims are worth an equation; 0 stands for
/// what is fastest on the active target.
VerifyStatistics verify_known(const VerifyBatch& batch, const VerifyResult& result,
                              VerifyWorkspace& workspace, size_t least_claims = 0);

}  // namespace switchyard::simd
