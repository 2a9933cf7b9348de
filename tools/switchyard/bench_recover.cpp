// SPDX-License-Identifier: Apache-2.0
// Public-key recovery to an address, against Debian's libsecp256k1.
#include <algorithm>
#include <random>

#include "simd/cpu_targets.hpp"
#include "simd/secp256k1_recover.hpp"
#include "tools/switchyard/benchmarks.hpp"
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

}  // namespace

Result<BenchmarkReport> bench_recover(const BenchmarkOptions& options) {
    const Secp256k1Context context(secp256k1_context_create(SECP256K1_CONTEXT_NONE));
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
    return compare("recover", "signature", contenders, options);
}

}  // namespace switchyard::tool
