// SPDX-License-Identifier: Apache-2.0
// Public-key recovery to an address, against Debian's libsecp256k1.
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <memory>
#include <random>

#include "host/chain/hash.hpp"
#include "simd/cpu_targets.hpp"
#include "simd/secp256k1_recover.hpp"
#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {
namespace {

struct DestroyContext {
    void operator()(secp256k1_context* context) const { secp256k1_context_destroy(context); }
};
using ContextPointer = std::unique_ptr<secp256k1_context, DestroyContext>;

struct Work {
    std::vector<simd::RecoverInput> inputs;
    std::vector<simd::AddressBytes> expected;  ///< by libsecp256k1
};

simd::AddressBytes recover_with_library(const secp256k1_context* context,
                                        const simd::RecoverInput& input) {
    std::array<uint8_t, 64> compact{};
    std::copy(input.r.begin(), input.r.end(), compact.begin());
    std::copy(input.s.begin(), input.s.end(), compact.begin() + 32);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    std::array<uint8_t, 65> serialized{};
    size_t size = serialized.size();
    simd::AddressBytes out{};
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact.data(),
                                                            input.recovery_id) != 1 ||
        secp256k1_ecdsa_recover(context, &key, &signature, input.message_hash.data()) != 1)
        return out;
    secp256k1_ec_pubkey_serialize(context, serialized.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    const Bytes32 hash = keccak256(BytesView(serialized).subspan(1));
    std::copy(hash.begin() + 12, hash.end(), out.begin());
    return out;
}

Work make_work(const secp256k1_context* context, const BenchmarkOptions& options) {
    std::mt19937_64 generator(options.seed);
    Work out;
    for (uint32_t i = 0; i < options.batch; ++i) {
        std::array<uint8_t, 32> secret{};
        simd::RecoverInput input{};
        for (auto& byte : secret)
            byte = static_cast<uint8_t>(generator());
        secret[0] = 1;  // below the group's order
        for (auto& byte : input.message_hash)
            byte = static_cast<uint8_t>(generator());
        secp256k1_ecdsa_recoverable_signature signature;
        std::array<uint8_t, 64> compact{};
        int recovery_id = 0;
        secp256k1_ecdsa_sign_recoverable(context, &signature, input.message_hash.data(),
                                         secret.data(), nullptr, nullptr);
        secp256k1_ecdsa_recoverable_signature_serialize_compact(context, compact.data(),
                                                                &recovery_id, &signature);
        std::copy_n(compact.begin(), 32, input.r.begin());
        std::copy_n(compact.begin() + 32, 32, input.s.begin());
        input.recovery_id = static_cast<uint8_t>(recovery_id);
        out.inputs.push_back(input);
        out.expected.push_back(recover_with_library(context, input));
    }
    return out;
}

}  // namespace

Result<std::vector<Measurement>> bench_recover(const BenchmarkOptions& options) {
    const ContextPointer context(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
    const Work work = make_work(context.get(), options);
    std::vector<simd::AddressBytes> addresses(work.inputs.size());
    std::vector<simd::RecoverStatus> statuses(work.inputs.size());

    std::vector<Contender> contenders;
    contenders.push_back({"libsecp256k1, one at a time", work.inputs.size(),
                          [&] {
                              for (size_t i = 0; i < work.inputs.size(); ++i)
                                  addresses[i] =
                                      recover_with_library(context.get(), work.inputs[i]);
                          },
                          ""});
    for (const std::string& target : simd::supported_targets()) {
        simd::force_target(target);
        const std::string arithmetic(simd::recover_arithmetic());
        const bool ifma = arithmetic.find("IFMA") != std::string::npos;
        simd::recover_addresses(work.inputs, addresses, statuses);
        simd::force_target("");
        if (addresses != work.expected)
            return Error{ErrorCode::Mismatch, "recovery on " + target +
                                                  " differs from libsecp256k1; seed " +
                                                  std::to_string(options.seed)};
        std::string ratio = "recover_" + (ifma ? std::string("ifma") : target);
        std::transform(ratio.begin(), ratio.end(), ratio.begin(),
                       [](char c) { return static_cast<char>(std::tolower(c)); });
        contenders.push_back({"batch on " + target + ", " + arithmetic, work.inputs.size(),
                              [&, target] {
                                  simd::force_target(target);
                                  simd::recover_addresses(work.inputs, addresses, statuses);
                                  simd::force_target("");
                              },
                              ratio});
    }
    contenders.push_back({"batch of one on " + std::string(simd::active_target()),
                          work.inputs.size(),
                          [&] {
                              for (size_t i = 0; i < work.inputs.size(); ++i)
                                  simd::recover_addresses({&work.inputs[i], 1}, {&addresses[i], 1},
                                                          {&statuses[i], 1});
                          },
                          "recover_one"});
    return measure(contenders, options.rounds, options.quiet);
}

}  // namespace switchyard::tool
