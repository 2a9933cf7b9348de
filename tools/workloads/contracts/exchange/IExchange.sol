// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

interface IFactory {
    function pairOf(address tokenA, address tokenB) external view returns (address);
}

interface IPair {
    function token0() external view returns (address);
    function reserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 updated);
    function mint(address to) external returns (uint256 liquidity);
    function burn(address to) external returns (uint256 amount0, uint256 amount1);
    function swap(uint256 out0, uint256 out1, address to) external;
}
