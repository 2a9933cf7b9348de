// SPDX-License-Identifier: Apache-2.0
// What instructions access in the sense of EIP-7928: nothing whose price, as far as it is known
// without looking, the frame cannot pay.
#include <map>
#include <set>

#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class Access : public EvmFixture {
  protected:
    const Address target_ = test_address(0x7a46e7);
    const Address delegate_ = test_address(0xde1e);

    /// Runs `code` with `gas`; what it accessed besides its own account, slots of it included.
    std::map<Address, std::set<Uint256>> accesses(const Assembler& code, uint64_t gas) {
        run(Revision::Amsterdam, code, gas);
        StateChanges changes;
        state_.finish(changes);
        std::map<Address, std::set<Uint256>> out;
        for (const AccessSet::Account& account : changes.accesses.accounts) {
            const auto slots = changes.accesses.slots_of(account);
            if (account.address != contract_ || !slots.empty())
                out[account.address] = {slots.begin(), slots.end()};
        }
        return out;
    }
    /// The accounts accessed.
    std::set<Address> accounts(const Assembler& code, uint64_t gas) {
        std::set<Address> out;
        for (const auto& [address, slots] : accesses(code, gas))
            out.insert(address);
        return out;
    }
    void delegate(const Address& from, const Address& to) {
        Bytes code{0xef, 0x01, 0x00};
        code.insert(code.end(), to.begin(), to.end());
        set_account(from, {1, Uint256{1'000}}, code);
    }
    /// gas 0, then `to`, the value where there is one, and empty ranges.
    static Assembler call(Opcode kind, const Address& to, const Uint256& value = {}) {
        const bool has_value = kind == Opcode::Call || kind == Opcode::Callcode;
        return has_value ? Assembler().arguments({0, to_uint256(to), value, 0, 0, 0, 0}).op(kind)
                         : Assembler().arguments({0, to_uint256(to), 0, 0, 0, 0}).op(kind);
    }
};

TEST_F(Access, AReadOfAnotherAccountNeedsItsWholePrice) {
    for (const Opcode opcode : {Opcode::Balance, Opcode::Extcodesize, Opcode::Extcodehash}) {
        const Assembler code = Assembler().push(target_).op(opcode);
        EXPECT_EQ(accounts(code, 3 + 2599), std::set<Address>{});
        EXPECT_EQ(accounts(code, 3 + 2600), std::set<Address>{target_});
    }
    // Also where no byte is copied.
    const Assembler copy =
        Assembler().arguments({to_uint256(target_), 0, 0, 0}).op(Opcode::Extcodecopy);
    EXPECT_EQ(accounts(copy, 12 + 2599), std::set<Address>{});
    EXPECT_EQ(accounts(copy, 12 + 2600), std::set<Address>{target_});
}

TEST_F(Access, ASlotNeedsItsPriceToLoadAndTheSentryToStore) {
    const Assembler load = Assembler().push(Uint256{5}).op(Opcode::Sload);
    using Slots = std::map<Address, std::set<Uint256>>;
    EXPECT_EQ(accesses(load, 3 + 2099), Slots{});
    EXPECT_EQ(accesses(load, 3 + 2100), (Slots{{contract_, {5}}}));
    const Assembler store = Assembler().arguments({5, 1}).op(Opcode::Sstore);
    EXPECT_EQ(accesses(store, 6 + 2300), Slots{});
    EXPECT_EQ(accesses(store, 6 + 2301), (Slots{{contract_, {5}}})) << "out of gas after the look";
    is_static_ = true;
    EXPECT_EQ(accesses(store, kGas), Slots{});
}

TEST_F(Access, ACallNeedsWhatItsTargetDoesNotDecide) {
    for (const Opcode kind :
         {Opcode::Call, Opcode::Callcode, Opcode::Delegatecall, Opcode::Staticcall}) {
        const bool has_value = kind == Opcode::Call || kind == Opcode::Callcode;
        const uint64_t pushes = has_value ? 21 : 18;
        EXPECT_EQ(accounts(call(kind, target_), pushes + 2599), std::set<Address>{});
        EXPECT_EQ(accounts(call(kind, target_), pushes + 2600), std::set<Address>{target_});
        if (!has_value) continue;
        EXPECT_EQ(accounts(call(kind, target_, 1), pushes + 2600 + 8999), std::set<Address>{});
        // The new account is one that only the look at it shows.
        EXPECT_EQ(accounts(call(kind, target_, 1), pushes + 2600 + 9000),
                  std::set<Address>{target_});
    }
    is_static_ = true;
    EXPECT_EQ(accounts(call(Opcode::Call, target_, 1), kGas), std::set<Address>{});
}

TEST_F(Access, ADelegateNeedsItsPriceOnTop) {
    delegate(target_, delegate_);
    for (const Opcode kind :
         {Opcode::Call, Opcode::Callcode, Opcode::Delegatecall, Opcode::Staticcall}) {
        const uint64_t before =
            (kind == Opcode::Call || kind == Opcode::Callcode ? 21U : 18U) + 2600;
        EXPECT_EQ(accounts(call(kind, target_), before + 2599), std::set<Address>{target_});
        EXPECT_EQ(accounts(call(kind, target_), before + 2600),
                  (std::set<Address>{target_, delegate_}));
    }
}

TEST_F(Access, ACallThatTheBalanceForbidsHasAccessedItsTarget) {
    EXPECT_EQ(accounts(call(Opcode::Call, target_, 1'001), kGas), std::set<Address>{target_});
    EXPECT_EQ(accounts(call(Opcode::Callcode, target_, 1'001), kGas), std::set<Address>{target_});
}

TEST_F(Access, PrecompilesAreAccountsToo) {
    const Address identity = test_address(4);
    for (const Opcode kind :
         {Opcode::Call, Opcode::Callcode, Opcode::Delegatecall, Opcode::Staticcall})
        EXPECT_EQ(accounts(call(kind, identity), kGas), std::set<Address>{identity});
}

TEST_F(Access, ACreationThatDoesNotStartHasNotAccessedItsAddress) {
    const auto create = [](const Uint256& value) {
        return Assembler().arguments({value, 0, 0}).op(Opcode::Create);
    };
    EXPECT_EQ(accounts(create(0), kGas), std::set<Address>{create_address(contract_, 1)});
    EXPECT_EQ(accounts(create(1'001), kGas), std::set<Address>{});
    EXPECT_EQ(accounts(create(0), 9'000), std::set<Address>{});
    is_static_ = true;
    EXPECT_EQ(accounts(create(0), kGas), std::set<Address>{});
}

TEST_F(Access, SelfDestructNeedsThePriceOfTheBeneficiary) {
    const Assembler code = Assembler().push(target_).op(Opcode::Selfdestruct);
    EXPECT_EQ(accounts(code, 3 + 5000 + 2599), std::set<Address>{});
    EXPECT_EQ(accounts(code, 3 + 5000 + 2600), std::set<Address>{target_});
    is_static_ = true;
    EXPECT_EQ(accounts(code, kGas), std::set<Address>{});
}

TEST_F(Access, InstructionsThatOnlyNameAnAccountAccessNothing) {
    const Assembler code = Assembler().ops({Opcode::Origin, Opcode::Caller, Opcode::Coinbase});
    EXPECT_EQ(accounts(code, kGas), std::set<Address>{});
}

}  // namespace
}  // namespace switchyard::evm::test
