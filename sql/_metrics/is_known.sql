(MetricName IN {metric_names:Array(String)} OR match(MetricName, {span_metrics:String}))
