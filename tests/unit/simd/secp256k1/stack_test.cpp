// SPDX-License-Identifier: Apache-2.0
// Recovery and verification keep what is large in the caller's workspace, so that threads with
// small stacks can call them.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "simd/cpu_targets.hpp"
#include "simd/secp256k1/verify/workspace.hpp"
#include "tests/support/secp256k1_signatures.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/simd/secp256k1/fewer.hpp"

namespace switchyard::simd {
namespace {

constexpr size_t kStackBytes = size_t{1} << 20;
/// What the headers promise; sanitizers surround each variable with room of their own.
constexpr size_t kPromisedBytes = size_t{48} * 1024 * (kFewer == 1 ? 1 : 16);

/// Bytes of stack that a thread used to run `work`, its own start included.
size_t stack_used(std::function<void()> work) {
    void* const memory =
        mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return SIZE_MAX;
    auto* const bytes = static_cast<uint8_t*>(memory);
    std::fill_n(bytes, kStackBytes, uint8_t{0xa5});
    pthread_attr_t attributes;
    pthread_t thread{};
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, memory, kStackBytes);
    const auto enter = [](void* argument) -> void* {
        (*static_cast<std::function<void()>*>(argument))();
        return nullptr;
    };
    const int started = pthread_create(&thread, &attributes, enter, &work);
    if (started == 0) pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    const auto* const first =
        std::find_if(bytes, bytes + kStackBytes, [](uint8_t byte) { return byte != 0xa5; });
    const auto used = static_cast<size_t>(bytes + kStackBytes - first);
    munmap(memory, kStackBytes);
    return started == 0 ? used : SIZE_MAX;
}

class StackOnEveryTarget : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override { ASSERT_TRUE(force_target(GetParam())); }
    void TearDown() override { force_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Target, StackOnEveryTarget, testing::ValuesIn(supported_targets()),
                         [](const auto& instance) { return instance.param; });

TEST_P(StackOnEveryTarget, IsWhatTheHeadersPromise) {
    std::mt19937_64 random = switchyard::test::test_generator(50);
    constexpr size_t kCount = 1024 / kFewer;
    std::vector<RecoverInput> inputs(kCount);
    for (RecoverInput& input : inputs)
        input = test::random_signature(random);
    std::vector<PublicKey> keys(kCount);
    std::vector<PublicKey> known(kCount);
    std::vector<AddressBytes> addresses(kCount);
    std::vector<RecoverStatus> statuses(kCount);
    const auto workspace = std::make_unique_for_overwrite<VerifyWorkspace>();
    for (const RecoverForm form : {RecoverForm::Fastest, RecoverForm::Vectors})
        EXPECT_LE(stack_used([&] {
                      recover_batch(inputs, known, statuses, workspace->recovery, form);
                      recover_addresses(inputs, addresses, statuses, workspace->recovery, form);
                  }),
                  kPromisedBytes);
    // Some wrong claims, so that pieces are searched and rests recovered.
    std::vector<uint32_t> claims(kCount);
    for (size_t i = 0; i < kCount; ++i)
        claims[i] = static_cast<uint32_t>(i % 60 == 7 ? i + 1 : i);
    std::vector<Coefficient> coefficients(kCount);
    for (Coefficient& coefficient : coefficients)
        std::generate(coefficient.begin(), coefficient.end(),
                      [&] { return static_cast<uint8_t>(random()); });
    std::vector<ClaimOutcome> outcomes(kCount);
    EXPECT_LE(stack_used([&] {
                  verify_known({inputs, known, claims, {}, coefficients},
                               {keys, statuses, outcomes}, *workspace);
              }),
              kPromisedBytes);
    EXPECT_EQ(keys, known);
}

}  // namespace
}  // namespace switchyard::simd
