// SPDX-License-Identifier: Apache-2.0
// What the protocols' tests need around the protocols: tokens, a governor put together from OpenZeppelin's parts as its wizard does, and a
// payer for Uniswap v3 positions, whose liquidity is then chosen exactly.
pragma solidity 0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

contract Token is ERC20 {
    constructor(string memory symbol, address[] memory holders, uint256 each) ERC20(symbol, symbol) {
        for (uint256 i = 0; i < holders.length; ++i) _mint(holders[i], each);
    }
}

contract VotesToken is ERC20, ERC20Permit, ERC20Votes {
    constructor(address[] memory holders, uint256[] memory amounts) ERC20("Votes", "VOTE") ERC20Permit("Votes") {
        for (uint256 i = 0; i < holders.length; ++i) _mint(holders[i], amounts[i]);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }
}

contract Dao is Governor, GovernorSettings, GovernorCountingSimple, GovernorVotes, GovernorVotesQuorumFraction {
    constructor(IVotes token)
        Governor("Dao")
        GovernorSettings(1, 5, 0)
        GovernorVotes(token)
        GovernorVotesQuorumFraction(4)
    {}

    function votingDelay() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.votingDelay();
    }

    function votingPeriod() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.votingPeriod();
    }

    function quorum(uint256 timepoint) public view override(Governor, GovernorVotesQuorumFraction) returns (uint256) {
        return super.quorum(timepoint);
    }

    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }
}

interface IPool {
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data) external;
    function token0() external view returns (address);
    function token1() external view returns (address);
}

contract Liquidity {
    function provide(IPool pool, int24 lower, int24 upper, uint128 amount) external {
        pool.mint(msg.sender, lower, upper, amount, abi.encode(msg.sender));
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata data) external {
        address payer = abi.decode(data, (address));
        IPool pool = IPool(msg.sender);
        if (amount0 > 0) IERC20(pool.token0()).transferFrom(payer, msg.sender, amount0);
        if (amount1 > 0) IERC20(pool.token1()).transferFrom(payer, msg.sender, amount1);
    }
}
