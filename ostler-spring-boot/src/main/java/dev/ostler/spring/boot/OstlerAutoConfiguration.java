package dev.ostler.spring.boot;

import dev.ostler.Child;
import dev.ostler.micrometer.OstlerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Starts the beans of type {@link Child}, and tells their health and their metrics to the actuator,
 * if there is one.
 */
@AutoConfiguration(
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
public final class OstlerAutoConfiguration {
  OstlerAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  SupervisedBeans supervisedBeans(
      ApplicationContext context, @Value("${spring.application.name:application}") String name) {
    return new SupervisedBeans(context, name);
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(HealthIndicator.class)
  static class HealthConfiguration {
    @Bean
    @ConditionalOnEnabledHealthIndicator("ostler")
    @ConditionalOnMissingBean(name = "ostlerHealthIndicator")
    SupervisedBeansHealth ostlerHealthIndicator(SupervisedBeans beans) {
      return new SupervisedBeansHealth(beans);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({OstlerMetrics.class, MeterRegistry.class})
  @ConditionalOnBean(MeterRegistry.class)
  @ConditionalOnBooleanProperty(name = "ostler.metrics.enabled", matchIfMissing = true)
  @EnableConfigurationProperties(MetricsProperties.class)
  static class MetricsConfiguration {
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    OstlerMetrics ostlerMetrics(MetricsProperties properties) {
      return new OstlerMetrics(Tags.empty(), properties.moment());
    }
  }
}
