package dev.ostler.spring.boot;

import dev.ostler.kv.Endpoint;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Opens a store as the properties {@code ostler.kv} say, with all beans of type {@link Endpoint}.
 *
 * <p>The store is open before the beans that use it are made, and closed after they have ended. A
 * bean of type {@link KvConfig} takes the place of the properties, a bean of type {@link Kv} that
 * of the store.
 */
@AutoConfiguration(after = OstlerAutoConfiguration.class)
@ConditionalOnClass(Kv.class)
@ConditionalOnBooleanProperty(name = "ostler.kv.enabled", matchIfMissing = true)
@EnableConfigurationProperties(KvProperties.class)
public final class KvAutoConfiguration {
  KvAutoConfiguration() {}

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  Kv kv(
      KvProperties properties,
      ObjectProvider<KvConfig> own,
      ObjectProvider<Endpoint> endpoints,
      SupervisedBeans beans) {
    KvConfig config = own.getIfAvailable(properties::config);
    for (Endpoint endpoint : endpoints.orderedStream().toList()) {
      config = config.with(endpoint);
    }
    return Kv.open(config, tree -> beans.watch("kv", tree.start().pid()));
  }
}
