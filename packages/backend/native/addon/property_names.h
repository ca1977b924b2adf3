// Names of the properties that each call reads and writes, made once: making a string for each access costs more.
#pragma once

#include <node_api.h>

namespace accord {

class PropertyNames {
 public:
  // Valid until the call from JavaScript returns.
  struct OfAttribute {
    napi_value name, type, value;
  };
  struct OfMetadata {
    napi_value id, shape, dtype;
  };

  explicit PropertyNames(napi_env env);
  OfAttribute ofAttribute(napi_env env) const;
  OfMetadata ofMetadata(napi_env env) const;

 private:
  napi_value array(napi_env env) const;

  napi_ref array_;  // freed with the environment
};

}  // namespace accord
