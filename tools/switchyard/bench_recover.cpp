// SPDX-License-Identifier: Apache-2.0
// Public-key recovery to an address, and verification with keys that are known, against Debian's
// libsecp256k1.
#include <algorithm>
#include <memory>
#include <random>
#include <span>

#include "simd/cpu_targets.hpp"
#include "simd/secp256k1/recover/workspace.hpp"
#include "tools/switchyard/benchmarks.hpp"
#include "tools/switchyard/known_keys.hpp"
#include "tools/switchyard/library_signatures.hpp"

namespace switchyard::tool {
namespace {

struct Work {
    std::vector<simd::RecoverInput> inputs;
    std::vector<simd::AddressBytes> expected;  ///< by libsecp256k1
};

Work make_work(const secp256k1_context* context, const BenchmarkOptions& options) {
    std::mt19937_64 generator(options.seed);
    Work out;
    for (uint32_t i = 0; i < options.batch; ++i) {
        out.inputs.push_back(sign_with_library(context, generator));
        out.expected.push_back(recover_with_library(context, out.inputs.back()));
    }
    return out;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// All signatures in batches of `size` on the active target.
Contender small_batches(const Work& work, size_t size, simd::RecoverForm form,
                        std::span<simd::AddressBytes> addresses,
                        std::span<simd::RecoverStatus> statuses,
                        simd::RecoverWorkspace& workspace) {
    const bool fastest = form == simd::RecoverForm::Fastest;
    const std::string name =
        "batches of " + std::to_string(size) + (fastest ? "" : ", vectors alone");
    const auto run = [&work, size, form, addresses, statuses, &workspace] {
        const std::span<const simd::RecoverInput> inputs(work.inputs);
        for (size_t begin = 0; begin < inputs.size(); begin += size) {
            const size_t count = std::min(size, inputs.size() - begin);
            simd::recover_addresses(inputs.subspan(begin, count), addresses.subspan(begin, count),
                                    statuses.subspan(begin, count), workspace, form);
        }
    };
    const std::string ratio = size == 1 ? "recover_one" : "recover_batch_" + std::to_string(size);
    return {name, work.inputs.size(), run, fastest ? ratio : ""};
}

}  // namespace

Result<BenchmarkReport> bench_recover(const BenchmarkOptions& options) {
    const Secp256k1Context context(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
    const Work work = make_work(context.get(), options);
    std::vector<simd::AddressBytes> addresses(work.inputs.size());
    std::vector<simd::RecoverStatus> statuses(work.inputs.size());
    const auto workspace = std::make_unique_for_overwrite<simd::RecoverWorkspace>();

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
        simd::recover_addresses(work.inputs, addresses, statuses, *workspace,
                                simd::RecoverForm::Vectors);
        simd::force_target("");
        if (addresses != work.expected)
            return Error{ErrorCode::Mismatch, "recovery on " + target +
                                                  " differs from libsecp256k1; seed " +
                                                  std::to_string(options.seed)};
        const std::string ratio = "recover_" + (ifma ? "ifma" : lower(target));
        contenders.push_back({"vectors on " + target + ", " + arithmetic, work.inputs.size(),
                              [&, target] {
                                  simd::force_target(target);
                                  simd::recover_addresses(work.inputs, addresses, statuses,
                                                          *workspace, simd::RecoverForm::Vectors);
                                  simd::force_target("");
                              },
                              ratio});
    }
    // As callers with few signatures get them, and what vectors alone would cost there.
    for (const simd::RecoverForm form : {simd::RecoverForm::Fastest, simd::RecoverForm::Vectors})
        for (size_t size = 1; size <= 16; size *= 2)
            contenders.push_back(small_batches(work, size, form, addresses, statuses, *workspace));
    Result<void> verified;
    KnownKeys known(work.inputs);
    const std::string best(simd::active_target());
    for (const std::string& target : simd::supported_targets()) {
        const auto verify = [&, target] {
            simd::force_target(target);
            const Result<void> outcome = known.verify(addresses);
            simd::force_target("");
            if (!outcome) verified = outcome;
        };
        verify();
        if (addresses != work.expected)
            return Error{ErrorCode::Mismatch, "verification on " + target +
                                                  " differs from libsecp256k1; seed " +
                                                  std::to_string(options.seed)};
        contenders.push_back({"known keys on " + target, work.inputs.size(), verify,
                              "verify_known" + (target == best ? "" : "_" + lower(target))});
    }
    BenchmarkReport report = compare("recover", "signature", contenders, options);
    if (!verified) return verified.error();
    return report;
}

}  // namespace switchyard::tool
