export type { Asset, AssetFile, AssetProgress, FetchedAsset, PackageSource } from "./asset.ts";
export { defaultCacheFolder } from "./cache.ts";
export type { AssetFileName, AssetName } from "./catalog.ts";
export { assetCatalog } from "./catalog.ts";
export type { Download } from "./download.ts";
export { downloadPackage } from "./download.ts";
export type { FetchAssetOptions } from "./fetch-asset.ts";
export { fetchAsset } from "./fetch-asset.ts";
