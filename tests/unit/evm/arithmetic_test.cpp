// SPDX-License-Identifier: Apache-2.0
// Arithmetic instructions against go-ethereum's published operand tables and the EIPs' examples.
#include <simdjson.h>

#include <string>
#include <utility>

#include "tests/support/test_data.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class Arithmetic : public EvmFixture {
  protected:
    Uint256 unary(Opcode opcode, const Uint256& a) {
        return top_of(Revision::Osaka, Assembler().push(a).op(opcode));
    }
    Uint256 binary(Opcode opcode, const Uint256& top, const Uint256& second) {
        return top_of(Revision::Osaka, Assembler().arguments({top, second}).op(opcode));
    }
};

Uint256 word(std::string_view text) {
    return uint256_from_text(text).value();
}

TEST_F(Arithmetic, AgreesWithGoEthereumOnItsOperandTables) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    using enum Opcode;
    const std::pair<const char*, Opcode> tables[] = {
        {"add", Add},   {"sub", Sub},   {"mul", Mul},
        {"div", Div},   {"sdiv", Sdiv}, {"mod", Mod},
        {"smod", Smod}, {"exp", Exp},   {"and", And},
        {"or", Or},     {"xor", Xor},   {"byte", Byte},
        {"shl", Shl},   {"shr", Shr},   {"sar", Sar},
        {"lt", Lt},     {"gt", Gt},     {"slt", Slt},
        {"sgt", Sgt},   {"eq", Eq},     {"signext", Signextend}};
    simdjson::dom::parser parser;
    for (const auto& [name, opcode] : tables) {
        const auto file =
            suite / "go-ethereum-vm-testdata" / (std::string("testcases_") + name + ".json");
        const simdjson::dom::array cases = parser.load(file.string()).get_array().value();
        EXPECT_GE(cases.size(), 81U) << name;
        for (const simdjson::dom::element test : cases) {
            const auto field = [&](const char* key) {
                return word("0x" + std::string(test[key].get_string().value()));
            };
            ASSERT_EQ(binary(opcode, field("Y"), field("X")), field("Expected"))
                << name << ' ' << simdjson::minify(test);
        }
    }
}

TEST_F(Arithmetic, CountsLeadingZerosAsEip7939Shows) {
    EXPECT_EQ(unary(Opcode::Clz, 0), Uint256{256});
    EXPECT_EQ(unary(Opcode::Clz, Uint256{1} << 255), Uint256{0});
    EXPECT_EQ(unary(Opcode::Clz, ~Uint256{}), Uint256{0});
    EXPECT_EQ(unary(Opcode::Clz, Uint256{1} << 254), Uint256{1});
    EXPECT_EQ(unary(Opcode::Clz, ~Uint256{} >> 1), Uint256{1});
    EXPECT_EQ(unary(Opcode::Clz, 1), Uint256{255});
}

TEST_F(Arithmetic, ComputesModularSumsWithoutWrapping) {
    const Uint256 largest = ~Uint256{};
    EXPECT_EQ(top_of(Revision::Frontier, Assembler().arguments({largest, 2, 2}).op(Opcode::Addmod)),
              Uint256{1});
    EXPECT_EQ(top_of(Revision::Frontier,
                     Assembler().arguments({largest, largest, 12}).op(Opcode::Mulmod)),
              Uint256{9});
    EXPECT_EQ(top_of(Revision::Frontier, Assembler().arguments({5, 5, 0}).op(Opcode::Addmod)),
              Uint256{});
}

TEST_F(Arithmetic, PaysForEachByteOfAnExponent) {
    const auto cost = [&](Revision revision, const Uint256& exponent) {
        return gas_of(revision, Assembler().arguments({2, exponent}).op(Opcode::Exp)) - 6;
    };
    EXPECT_EQ(cost(Revision::TangerineWhistle, 0), 10U);
    EXPECT_EQ(cost(Revision::TangerineWhistle, 255), 20U);
    EXPECT_EQ(cost(Revision::TangerineWhistle, ~Uint256{}), 330U);
    EXPECT_EQ(cost(Revision::SpuriousDragon, 0), 10U);  // EIP-160
    EXPECT_EQ(cost(Revision::SpuriousDragon, 256), 110U);
    EXPECT_EQ(cost(Revision::SpuriousDragon, ~Uint256{}), 1610U);
}

TEST_F(Arithmetic, InvertsAndTestsForZero) {
    EXPECT_EQ(unary(Opcode::Not, 0), ~Uint256{});
    EXPECT_EQ(unary(Opcode::Iszero, 0), Uint256{1});
    EXPECT_EQ(unary(Opcode::Iszero, Uint256{1} << 200), Uint256{0});
}

}  // namespace
}  // namespace switchyard::evm::test
