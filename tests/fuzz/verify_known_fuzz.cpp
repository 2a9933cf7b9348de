// SPDX-License-Identifier: Apache-2.0
// Any batch of signatures with any claims: verification with known keys gives what libsecp256k1's
// recovery gives, on every target, within the bound on its work.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/secp256k1/verify/workspace.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/secp256k1_signatures.hpp"

namespace switchyard::fuzz {
namespace {

namespace ref = simd::ref;
using simd::ClaimOutcome;
using simd::PublicKey;
using simd::RecoverInput;
using simd::RecoverStatus;

/// Records of four bytes: which signature, what is done to it, what it claims, a parameter.
constexpr size_t kRecordBytes = 4;
constexpr size_t kMaxRecords = 96;
/// Right claims fill a batch up to this, so that it is not too small for an equation.
constexpr size_t kLeastItems = 40;
/// That are worth an equation, also where vectors do not pay.
constexpr size_t kLeastClaims = 16;

struct Sample {
    RecoverInput signature;
    PublicKey key;
};

/// Good signatures, and some with R = k G for a small k. Made once.
const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = [] {
        std::mt19937_64 random(1);
        std::vector<RecoverInput> signatures;
        for (int i = 0; i < 40; ++i)
            signatures.push_back(simd::test::random_signature(random));
        for (const RecoverInput& input : simd::test::signatures_that_meet_equal_points(random, 20))
            signatures.push_back(input);
        std::vector<Sample> out;
        for (const RecoverInput& input : signatures) {
            const simd::test::ExpectedKey key = simd::test::libsecp256k1_recover(input);
            if (key.ok) out.push_back({input, key.key});
        }
        return out;
    }();
    return all;
}

void negate(std::array<uint8_t, 32>& scalar) {
    const ref::U256 value = ref::load_big_endian(scalar.data());
    ref::store_big_endian(ref::sub_mod({}, value, ref::kGroupOrder), scalar.data());
}

void change(RecoverInput& signature, uint8_t how, uint8_t parameter) {
    const auto flip = [&](std::array<uint8_t, 32>& bytes) {
        bytes[parameter / 8] ^= static_cast<uint8_t>(1U << (parameter % 8));
    };
    switch (how % 12) {
        case 1:
            return flip(signature.message_hash);
        case 2:
            return flip(signature.r);
        case 3:
            return flip(signature.s);
        case 4:
            signature.recovery_id = parameter;
            return;
        case 5:
            return negate(signature.s);
        case 6:
            negate(signature.s);
            signature.recovery_id ^= 1;
            return;
        case 7:
            return signature.message_hash.fill(0);
        case 8:
            return signature.s.fill(0);
        case 9:
            return ref::store_big_endian(ref::kGroupOrder.value, signature.r.data());
        case 10:
            signature.r.fill(0);
            signature.r[31] = parameter;
            return;
        case 11:
            signature.recovery_id ^= 2;
            return;
        default:
            return;
    }
}

struct Batch {
    std::vector<RecoverInput> signatures;
    std::vector<PublicKey> keys;
    std::vector<uint32_t> claims;
    std::vector<uint32_t> sources;
    std::vector<uint8_t> groups;
};

void add_record(const uint8_t* record, Batch& batch) {
    const Sample& sample = samples()[record[0] % samples().size()];
    RecoverInput signature = sample.signature;
    change(signature, record[1], record[3]);
    PublicKey key = sample.key;
    switch (record[2] % 8) {
        case 1:
            key = samples()[record[3] % samples().size()].key;
            break;
        case 2:
            key[record[3] % key.size()] ^= 1;
            break;
        case 3:
            key.fill(record[3]);
            break;
        case 4: {
            // What the changed signature gives, if anything.
            static_cast<void>(simd::recover_one_portable(signature, key));
            break;
        }
        case 5: {
            // The opposite point.
            const ref::U256 y = ref::load_big_endian(key.data() + 32);
            ref::store_big_endian(ref::sub_mod({}, y, ref::kFieldOrder), key.data() + 32);
            break;
        }
        default:
            break;
    }
    const auto next = static_cast<uint32_t>(batch.keys.size());
    batch.keys.push_back(key);
    batch.signatures.push_back(signature);
    batch.sources.push_back(record[2] / 8);
    batch.groups.push_back(record[1] / 128);
    if (record[2] % 8 == 6)
        batch.claims.push_back(batch.claims.empty() ? simd::kNoClaim : batch.claims.back());
    else
        batch.claims.push_back(record[2] % 8 == 7 ? next + record[3] : next);
}

/// Answers of exactly the batch's size on the heap, so that a sanitizer sees every byte past them.
void check(const Batch& batch, const std::vector<simd::Coefficient>& coefficients,
           const std::string& target) {
    static const auto workspace = std::make_unique_for_overwrite<simd::VerifyWorkspace>();
    const size_t count = batch.signatures.size();
    std::unique_ptr<PublicKey[]> keys(new PublicKey[count]);
    std::unique_ptr<RecoverStatus[]> statuses(new RecoverStatus[count]);
    std::unique_ptr<ClaimOutcome[]> outcomes(new ClaimOutcome[count]);
    simd::force_target(target);
    const simd::VerifyStatistics done = simd::verify_known(
        {batch.signatures, batch.keys, batch.claims, batch.sources, coefficients, batch.groups},
        {{keys.get(), count}, {statuses.get(), count}, {outcomes.get(), count}}, *workspace,
        kLeastClaims);
    simd::force_target("");
    require(done.items_proven + done.items_recovered == count, "an item without an answer");
    require(done.items_checked <= 2 * (count + done.items_proven), "the bound on rechecks");
    for (size_t i = 0; i < count; ++i) {
        const simd::test::ExpectedKey expected =
            simd::test::libsecp256k1_recover(batch.signatures[i]);
        PublicKey unused{};
        require(statuses[i] == simd::recover_one_portable(batch.signatures[i], unused),
                "the reason on " + target);
        require((statuses[i] == RecoverStatus::Ok) == expected.ok, "the status on " + target);
        require(keys[i] == expected.key, "the key on " + target);
        ClaimOutcome outcome = ClaimOutcome::None;
        if (batch.claims[i] < batch.keys.size())
            outcome = expected.ok && expected.key == batch.keys[batch.claims[i]]
                          ? ClaimOutcome::Right
                          : ClaimOutcome::Wrong;
        require(outcomes[i] == outcome, "the claim's outcome on " + target);
    }
}

}  // namespace
}  // namespace switchyard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard::fuzz;
    static const auto targets = switchyard::simd::supported_targets();
    Batch batch;
    const size_t records = std::min(size / kRecordBytes, kMaxRecords);
    // The rest of the bytes seeds the coefficients, which no attacker knows.
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < size; ++i)
        seed = (seed ^ data[i]) * 0x100000001b3;
    for (size_t i = 0; i < records; ++i)
        add_record(data + i * kRecordBytes, batch);
    for (uint8_t i = 0; batch.signatures.size() < kLeastItems; ++i) {
        const std::array<uint8_t, kRecordBytes> right{i, 0, 0, 0};
        add_record(right.data(), batch);
    }
    std::mt19937_64 random(seed);
    std::vector<switchyard::simd::Coefficient> coefficients(batch.signatures.size());
    for (auto& coefficient : coefficients)
        for (uint8_t& byte : coefficient)
            byte = static_cast<uint8_t>(random());
    for (const std::string& target : targets)
        check(batch, coefficients, target);
    return 0;
}
