import React from 'react';
export default function Service({ name }: { name: string }) { return <div>Service {name}</div>; }
