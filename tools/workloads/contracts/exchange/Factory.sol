// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Owned} from "../shared/Owned.sol";
import {IFactory} from "./IExchange.sol";
import {Pair} from "./Pair.sol";

/// Creates one pair for every two tokens.
contract Factory is IFactory, Owned {
    mapping(address => mapping(address => address)) public pairOf;
    address[] public pairs;

    event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count);

    error IdenticalTokens();
    error PairExists(address pair);

    function createPair(address tokenA, address tokenB) external returns (address pair) {
        if (tokenA == tokenB) revert IdenticalTokens();
        (address token0, address token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        if (pairOf[token0][token1] != address(0)) revert PairExists(pairOf[token0][token1]);
        pair = address(new Pair(token0, token1));
        pairOf[token0][token1] = pair;
        pairOf[token1][token0] = pair;
        pairs.push(pair);
        emit PairCreated(token0, token1, pair, pairs.length);
    }

    function pairCount() external view returns (uint256) {
        return pairs.length;
    }
}
