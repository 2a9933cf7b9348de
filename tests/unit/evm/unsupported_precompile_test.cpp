// SPDX-License-Identifier: Apache-2.0
// A precompile that the machine cannot compute. A binary of its own: OpenSSL gets no digests in
// this process, as under a configuration that lacks them, and libraries load digests once.
#include <openssl/provider.h>

#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class UnsupportedPrecompile : public EvmFixture {
  protected:
    const Address sha256_ = test_address(2);
    const Address callee_ = test_address(0xca11ee);

    static void SetUpTestSuite() {
        // With a provider loaded explicitly the default one is not loaded on first use.
        provider_ = OSSL_PROVIDER_load(nullptr, "null");
        ASSERT_NE(provider_, nullptr);
    }
    static void TearDownTestSuite() { OSSL_PROVIDER_unload(provider_); }
    static Assembler static_call(const Address& target) {
        Assembler code;
        return code.arguments({1'000'000, to_uint256(target), 0, 32, 0, 0}).op(Opcode::Staticcall);
    }

  private:
    static inline OSSL_PROVIDER* provider_ = nullptr;
};

TEST_F(UnsupportedPrecompile, StopsTheTransactionInAnyDepth) {
    set_code(callee_, static_call(sha256_));
    Assembler code;
    code.arguments({0, 1}).op(Opcode::Sstore).append(static_call(callee_).code());
    set_code(contract_, code);
    state_.begin(world_, Revision::Osaka);
    Message message;
    message.gas = kGas;
    message.recipient = message.code_address = contract_;
    message.sender = caller_;
    Evm evm(Revision::Osaka);
    const CallResult result = evm.execute(block_, transaction_, message, state_);
    EXPECT_EQ(result.status, Status::UnsupportedPrecompile);
    EXPECT_EQ(evm.unsupported_precompile(), sha256_);
    EXPECT_EQ(result.gas_left, 0U);
    EXPECT_EQ(state_.storage(contract_, 0), Uint256{});

    // The next transaction of the same machine is not touched by it.
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Stop)), Status::Success);
}

TEST_F(UnsupportedPrecompile, IsPaidForFirst) {
    Assembler code;
    code.arguments({0, to_uint256(sha256_), 0, 32, 0, 0}).op(Opcode::Staticcall);
    EXPECT_EQ(top_of(Revision::Osaka, code), Uint256{0}) << "out of gas, whoever can compute it";
}

}  // namespace
}  // namespace switchyard::evm::test
